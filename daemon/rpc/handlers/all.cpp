#include "common/durations.hpp"
#include "daemon/rpc/handlers/handlers.hpp"
#include "daemon/rpc/session.hpp"

#include <boost/asio/steady_timer.hpp>

namespace daskd::rpc {

void add_all_methods(dispatcher& d, handler_context& c) {
    add_cluster_methods(d, c);
    add_scheduler_methods(d, c);
    add_worker_methods(d, c);
    add_pool_methods(d, c);
    add_log_methods(d, c);
    add_event_methods(d, c);
    add_config_methods(d, c);
    add_job_methods(d, c);
    add_agent_methods(d, c);
    add_daemon_methods(d, c);
}

namespace {

constexpr std::chrono::seconds reply_grace{2};

} // namespace

void end_after_reply(handler_context& c, std::weak_ptr<session> client, bool leave_cluster) {
    auto const end = [&c, leave_cluster] { c.end_daemon(leave_cluster); };
    auto const timer = std::make_shared<boost::asio::steady_timer>(c.supervisor.executor(), reply_grace);
    timer->async_wait([timer, end](boost::system::error_code) { end(); });
    if (auto const s = client.lock())
        s->on_close([timer] { timer->cancel(); });
    else
        timer->cancel();
}

supervise::patience read_patience(parameters& p) {
    supervise::patience patience;
    patience.waits = p.get<bool>("wait", true);
    if (auto const seconds = p.get<double>("timeout_s"))
        patience.until = std::chrono::steady_clock::now() + from_seconds(std::max(0.0, *seconds));
    return patience;
}

} // namespace daskd::rpc
