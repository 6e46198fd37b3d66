#include "daemon/rpc/handlers/handlers.hpp"

namespace daskd::rpc {
namespace {

using boost::asio::awaitable;
using supervise::patience;
using supervise::verbs;

using scheduler_verb = awaitable<result<bool>> (*)(verbs&, bool force, patience);

awaitable<result<bool>> start(verbs& v, bool /*force*/, patience p) {
    return v.start_scheduler(p);
}
awaitable<result<bool>> stop(verbs& v, bool force, patience p) {
    return v.stop_scheduler(force, p);
}
awaitable<result<bool>> restart(verbs& v, bool force, patience p) {
    return v.restart_scheduler(force, p);
}

awaitable<result<json>> run(handler_context& c, scheduler_verb verb, call request) {
    parameters p(request.params);
    bool const force = p.get<bool>("force", false);
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    auto const changed = co_await verb(c.verbs, force, patience);
    if (!changed) co_return changed.error();
    json answer;
    answer["state"] = core::to_string(c.supervisor.cluster().scheduler().state);
    answer["changed"] = *changed;
    co_return answer;
}

} // namespace

void add_scheduler_methods(dispatcher& d, handler_context& c) {
    d.add("scheduler.start", handler([&c](call r) { return run(c, start, std::move(r)); }));
    d.add("scheduler.stop", handler([&c](call r) { return run(c, stop, std::move(r)); }));
    d.add("scheduler.restart", handler([&c](call r) { return run(c, restart, std::move(r)); }));
}

} // namespace daskd::rpc
