#pragma once

#include "daemon/app/background.hpp"
#include "daemon/app/options.hpp"
#include "daemon/app/prepare.hpp"
#include "daemon/app/service_manager.hpp"
#include "daemon/hooks/runner.hpp"
#include "daemon/http/server.hpp"
#include "daemon/rpc/handlers/handlers.hpp"
#include "daemon/rpc/server.hpp"
#include "daemon/supervise/adapter.hpp"
#include "daemon/supervise/status_feed.hpp"
#include "daemon/supervise/upkeep.hpp"
#include "daemon/supervise/verbs.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace daskd::app {

/// The composition root: owns every part, in the order in which they need each other. One thread, one
/// io_context.
class daemon {
public:
    daemon(prepared p, options const& o, service_manager manager);

    /// Serves until it is told to end: by a signal, by a client, or because the cluster that it was started
    /// for is down.
    [[nodiscard]] result<void> run(starter_link starter);

private:
    void on_signal();
    /// Who keeps what on the disk, in the order in which it is looked after.
    void add_keepers();
    /// Takes over what an earlier daskd left, then opens the control socket: no verb may decide without
    /// knowing it.
    boost::asio::awaitable<void> begin();
    void tell_what_was_lost();
    boost::asio::awaitable<void> reload();
    boost::asio::awaitable<void> stop_and_end();
    /// A daskd that `up` started ends with its cluster, whoever took that down.
    boost::asio::awaitable<void> end_with_cluster();
    boost::asio::awaitable<void> tell_status();
    void end(bool leave_cluster);
    /// After all is said and done: what runs because of it has a moment to end.
    boost::asio::awaitable<void> end_soon();

    cluster_paths paths_;
    state::daemon_lock lock_;
    boost::asio::io_context io_{1};
    boost::asio::signal_set signals_;
    supervise::supervisor supervisor_;
    supervise::verbs verbs_;
    supervise::adapter adapter_;
    hooks::runner hooks_;
    http::server http_;
    supervise::status_feed feed_;
    supervise::upkeep upkeep_;
    rpc::handler_context context_;
    rpc::dispatcher methods_;
    rpc::server server_;
    service_manager manager_;
    starter_link starter_;
    result<void> outcome_;
    bool is_ending_ = false;
    std::string notice_; ///< what was wrong with the recorded intent
    bool is_intent_lost_;
};

} // namespace daskd::app
