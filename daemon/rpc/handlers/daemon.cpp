#include "daemon/rpc/handlers/handlers.hpp"

namespace daskd::rpc {
namespace {

result<json> info(handler_context& c, call const& request) {
    parameters p(request.params);
    if (auto const wrong = p.problem()) return *wrong;
    auto const daemon = c.supervisor.describe_daemon();
    auto const& paths = c.supervisor.paths();
    auto const& config_file = c.verbs.plans().config_file();
    return json{{"pid", daemon.pid},
                {"version", daemon.version},
                {"uptime_s", daemon.uptime_s},
                {"rss_bytes", daemon.rss_bytes},
                {"socket", daemon.socket},
                {"cluster", paths.cluster},
                {"runtime_dir", paths.runtime_dir.string()},
                {"state_dir", paths.state_dir.string()},
                {"configuration", c.verbs.made() ? c.verbs.made()->files : std::vector<std::string>{}},
                {"config_file", config_file ? json(config_file->string()) : json(nullptr)},
                {"started_by_up", c.supervisor.intent().started_by_up}};
}

boost::asio::awaitable<result<json>> stop(handler_context& c, call request) {
    parameters p(request.params);
    bool const leave_cluster = p.get<bool>("leave_cluster", false);
    if (auto const wrong = p.problem()) co_return *wrong;
    if (!leave_cluster) co_await c.verbs.stop_for_exit();
    end_after_reply(c, request.client, leave_cluster);
    co_return json::object();
}

} // namespace

void add_daemon_methods(dispatcher& d, handler_context& c) {
    d.add("daemon.info", immediate_handler([&c](call const& r) { return info(c, r); }));
    d.add("daemon.stop", handler([&c](call r) { return stop(c, std::move(r)); }));
}

} // namespace daskd::rpc
