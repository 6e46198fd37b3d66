#include "daemon/rpc/handlers/handlers.hpp"

namespace daskd::rpc {
namespace {

using boost::asio::awaitable;
using supervise::patience;
using supervise::verbs;

using worker_verb = awaitable<result<verbs::names>> (*)(verbs&, verbs::names, bool force, patience);

awaitable<result<verbs::names>> start(verbs& v, verbs::names names, bool /*force*/, patience p) {
    return v.start_workers(std::move(names), p);
}
awaitable<result<verbs::names>> stop(verbs& v, verbs::names names, bool force, patience p) {
    return v.stop_workers(std::move(names), force, p);
}
awaitable<result<verbs::names>> restart(verbs& v, verbs::names names, bool force, patience p) {
    return v.restart_workers(std::move(names), force, p);
}

awaitable<result<json>> run(handler_context& c, worker_verb verb, call request) {
    parameters p(request.params);
    auto const names = p.get<verbs::names>("names", {});
    bool const force = p.get<bool>("force", false);
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    if (names.empty()) co_return error{errc::usage, "no worker named", "'*' names all"};
    auto const matched = c.verbs.match(names);
    auto const changed = co_await verb(c.verbs, names, force, patience);
    if (!changed) co_return changed.error();
    json answer;
    answer["workers"] = matched ? *matched : verbs::names{};
    answer["changed"] = *changed;
    co_return answer;
}

} // namespace

void add_worker_methods(dispatcher& d, handler_context& c) {
    d.add("worker.start", handler([&c](call r) { return run(c, start, std::move(r)); }));
    d.add("worker.stop", handler([&c](call r) { return run(c, stop, std::move(r)); }));
    d.add("worker.restart", handler([&c](call r) { return run(c, restart, std::move(r)); }));
}

} // namespace daskd::rpc
