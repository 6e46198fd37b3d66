#include "common/durations.hpp"
#include "daemon/rpc/handlers/handlers.hpp"

#include <algorithm>
#include <chrono>

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
    auto const outcome = co_await c.verbs.scale(pools, force, patience);
    if (!outcome) co_return outcome.error();
    json answer;
    answer["pools"] = outcome->pools;
    answer["changed"] = before != c.supervisor.cluster().current_plan().pools;
    answer["adapt_turned_off"] = outcome->adapt_turned_off;
    co_return answer;
}

std::optional<config::milliseconds> read_time(parameters& p, std::string const& name) {
    auto const seconds = p.get<double>(name);
    if (!seconds) return std::nullopt;
    return std::max(config::milliseconds{1}, from_seconds(*seconds));
}

boost::asio::awaitable<result<json>> adapt(handler_context& c, call request) {
    parameters p(request.params);
    auto const pool = p.get<std::string>("pool", "");
    bool const off = p.get<bool>("off", false);
    config::adapt_settings settings;
    settings.minimum = p.get<int>("minimum");
    settings.maximum = p.get<int>("maximum");
    settings.interval = read_time(p, "interval_s");
    settings.wait_count = p.get<int>("wait_count");
    settings.target_duration = read_time(p, "target_duration_s");
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    if (settings.minimum.value_or(0) < 0 || settings.maximum.value_or(0) < 0)
        co_return error{errc::usage, "a pool cannot have less than no workers", "the least is --minimum 0"};
    auto wish = off ? state::adapt_wish() : state::adapt_wish(settings);
    auto const now = co_await c.verbs.adapt(pool, std::move(wish), patience);
    if (!now) co_return now.error();
    auto const view = core::view_of(*now);
    json answer;
    answer["pool"] = view.name;
    answer["desired"] = view.desired;
    answer["adapt"] = view.adapt ? json(to_json(*view.adapt)) : json(nullptr);
    co_return answer;
}

} // namespace

void add_pool_methods(dispatcher& d, handler_context& c) {
    d.add("pool.scale", handler([&c](call r) { return scale(c, std::move(r)); }));
    d.add("pool.adapt", handler([&c](call r) { return adapt(c, std::move(r)); }));
}

} // namespace daskd::rpc
