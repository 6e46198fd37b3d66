#include "daemon/rpc/handlers/handlers.hpp"

namespace daskd::rpc {
namespace {

boost::asio::awaitable<result<json>> scale(handler_context& c, call request) {
    parameters p(request.params);
    auto const pools = p.get<std::map<std::string, int>>("pools", {});
    bool const force = p.get<bool>("force", false);
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    if (pools.empty())
        co_return error{errc::usage, "no pool and number given", "for example: daskctl scale 4"};
    auto const before = c.supervisor.cluster().current_plan().pools;
    auto const now = co_await c.verbs.scale(pools, force, patience);
    if (!now) co_return now.error();
    json answer;
    answer["pools"] = *now;
    answer["changed"] = before != c.supervisor.cluster().current_plan().pools;
    co_return answer;
}

} // namespace

void add_pool_methods(dispatcher& d, handler_context& c) {
    d.add("pool.scale", handler([&c](call r) { return scale(c, std::move(r)); }));
}

} // namespace daskd::rpc
