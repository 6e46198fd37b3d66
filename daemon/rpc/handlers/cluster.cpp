#include "common/durations.hpp"
#include "common/names.hpp"
#include "daemon/rpc/handlers/handlers.hpp"
#include "daemon/rpc/session.hpp"

#include <algorithm>

namespace daskd::rpc {
namespace {

using boost::asio::awaitable;

json as_json(std::vector<supervise::problem> const& problems) {
    json list = json::array();
    for (auto const& p : problems)
        list.push_back({{"name", p.name}, {"state", p.state}, {"text", p.text}});
    return list;
}

json as_json(supervise::verbs& verbs, supervise::up_outcome const& outcome) {
    return {{"state", core::to_string(verbs.cluster_supervisor().cluster().state())},
            {"changed", outcome.changed},
            {"problems", as_json(outcome.problems)},
            {"warnings", outcome.warnings}};
}

/// Only the workers that match; every pattern must match one.
result<void> keep_named(cluster_view& view, std::vector<std::string> const& patterns) {
    std::vector<std::string> names;
    for (auto const& worker : view.workers)
        names.push_back(worker.name);
    for (auto const& pattern : patterns) {
        bool const is_known = pattern == "scheduler" || std::ranges::any_of(names, [&](auto const& name) {
                                  return glob_matches(pattern, name);
                              });
        if (!is_known)
            return error{errc::unknown_name, "there is no worker '" + pattern + "'",
                         did_you_mean_or(pattern, names, "see: daskctl status")};
    }
    if (!patterns.empty())
        std::erase_if(view.workers, [&](auto const& w) {
            return std::ranges::none_of(patterns, [&](auto const& p) { return glob_matches(p, w.name); });
        });
    return {};
}

result<raw_json> status_text(handler_context& c, std::vector<std::string> const& names) {
    auto view = c.supervisor.view();
    if (auto kept = keep_named(view, names); !kept) return kept.error();
    return raw_json{to_line(to_json(view))};
}

awaitable<result<raw_json>> status(handler_context& c, call request) {
    parameters p(request.params);
    auto const names = p.get<std::vector<std::string>>("names", {});
    if (auto const wrong = p.problem()) co_return *wrong;
    auto refreshing = c.supervisor.refresh_figures();
    co_await std::move(refreshing);
    co_return status_text(c, names);
}

/// A subscriber with this much unread is shown the cluster later, as it is then.
constexpr std::size_t max_unread_bytes = std::size_t{256} << 10;

awaitable<result<raw_json>> subscribe(handler_context& c, call request) {
    parameters p(request.params);
    auto const interval = from_seconds(p.get<double>("interval_s", 1.0));
    if (auto const wrong = p.problem()) co_return *wrong;
    auto refreshing = c.supervisor.refresh_figures();
    co_await std::move(refreshing);
    auto const client = request.client.lock();
    if (!client) co_return error{errc::failed, "the client is gone", ""};
    auto const id = c.feed.add(interval, [weak = request.client](std::string const& text) {
        auto const s = weak.lock();
        if (!s || s->unread_bytes() > max_unread_bytes) return false;
        s->notify_raw("status", raw_json{text});
        return true;
    });
    client->on_close([&c, id] { c.feed.remove(id); });
    co_return status_text(c, {});
}

/// The variables with which a client connects.
result<json> client_environment(handler_context& c, call const& request) {
    parameters p(request.params);
    if (auto const wrong = p.problem()) return *wrong;
    auto const& cluster = c.supervisor.cluster();
    auto const& address = cluster.scheduler().address;
    bool const is_down = cluster.state() == core::cluster_state::down;
    if (address.empty())
        return error{errc::not_up, "cluster '" + cluster.name() + "' has no scheduler to connect to",
                     is_down ? "start it with: daskctl up" : "start it with: daskctl start-scheduler"};
    return json{{"environment", core::client_environment(address, cluster.current_plan().tls)}};
}

awaitable<result<json>> up(handler_context& c, call request) {
    parameters p(request.params);
    supervise::up_request r;
    r.flags.workers = p.get<int>("workers");
    r.flags.threads = p.get<int>("threads");
    r.flags.memory = p.get<std::string>("memory");
    r.pools = p.get<std::vector<std::string>>("pools", {});
    r.context.environment = p.get<std::map<std::string, std::string>>("environment", {});
    r.context.cwd = p.get<std::string>("cwd", "/");
    r.started_by_up = p.get<bool>("started_by_up", false);
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    bool const is_ours = r.started_by_up;
    auto const outcome = co_await c.verbs.up(std::move(r), patience);
    // A daskd that was started for a cluster that cannot be has nothing to do.
    if (!outcome && is_ours && c.supervisor.cluster().state() == core::cluster_state::down)
        end_after_reply(c, request.client, false);
    if (!outcome) co_return outcome.error();
    co_return as_json(c.verbs, *outcome);
}

/// While it lives, a daskd that ends with its cluster waits for our answer.
class owes_answer {
public:
    explicit owes_answer(handler_context& c) : c_(c) { ++c_.verbs_in_progress; }
    ~owes_answer() { --c_.verbs_in_progress; }
    owes_answer(owes_answer const&) = delete;
    owes_answer& operator=(owes_answer const&) = delete;

private:
    handler_context& c_;
};

awaitable<result<json>> down(handler_context& c, call request) {
    parameters p(request.params);
    bool const force = p.get<bool>("force", false);
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    owes_answer const owed(c);
    auto const changed = co_await c.verbs.down(force, patience);
    if (!changed) co_return changed.error();
    bool const is_down = c.supervisor.cluster().state() == core::cluster_state::down;
    bool const is_recorded = c.supervisor.is_saved();
    if (is_down && is_recorded && c.supervisor.intent().started_by_up)
        end_after_reply(c, request.client, false);
    json answer;
    answer["recorded"] = is_recorded;
    answer["state"] = core::to_string(c.supervisor.cluster().state());
    answer["changed"] = *changed;
    co_return answer;
}

awaitable<result<json>> restart(handler_context& c, call request) {
    parameters p(request.params);
    bool const cold = p.get<bool>("cold", false);
    bool const force = p.get<bool>("force", false);
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    auto const outcome = co_await c.verbs.restart(cold, force, patience);
    if (!outcome) co_return outcome.error();
    co_return as_json(c.verbs, *outcome);
}

awaitable<result<json>> reload(handler_context& c, call request) {
    parameters p(request.params);
    bool const dry_run = p.get<bool>("dry_run", false);
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    auto const outcome = co_await c.verbs.reload(dry_run, patience);
    if (!outcome) co_return outcome.error();
    json list = json::array();
    for (auto const& change : outcome->changes)
        list.push_back(
            {{"name", change.name}, {"action", core::to_string(change.kind)}, {"reason", change.reason}});
    json answer;
    answer["changes"] = std::move(list);
    answer["problems"] = as_json(outcome->problems);
    co_return answer;
}

awaitable<result<raw_json>> wait(handler_context& c, call request) {
    parameters p(request.params);
    auto const names = p.get<std::vector<std::string>>("names", {});
    auto const state = p.get<std::string>("state", "running");
    auto const workers = p.get<int>("workers");
    auto const patience = read_patience(p);
    if (auto const wrong = p.problem()) co_return *wrong;
    auto const done = co_await c.verbs.wait(names, state, workers, patience);
    if (!done) co_return done.error();
    co_return status_text(c, {});
}

} // namespace

void add_cluster_methods(dispatcher& d, handler_context& c) {
    d.add("cluster.status", raw_handler([&c](call r) { return status(c, std::move(r)); }));
    d.add("cluster.subscribe", raw_handler([&c](call r) { return subscribe(c, std::move(r)); }));
    d.add("cluster.environment", immediate_handler([&c](call const& r) { return client_environment(c, r); }));
    d.add("cluster.up", handler([&c](call r) { return up(c, std::move(r)); }));
    d.add("cluster.down", handler([&c](call r) { return down(c, std::move(r)); }));
    d.add("cluster.restart", handler([&c](call r) { return restart(c, std::move(r)); }));
    d.add("cluster.reload", handler([&c](call r) { return reload(c, std::move(r)); }));
    d.add("cluster.wait", raw_handler([&c](call r) { return wait(c, std::move(r)); }));
}

} // namespace daskd::rpc
