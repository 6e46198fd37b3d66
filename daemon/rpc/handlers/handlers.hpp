#pragma once

#include "daemon/rpc/dispatcher.hpp"
#include "daemon/rpc/parameters.hpp"
#include "daemon/supervise/status_feed.hpp"
#include "daemon/supervise/verbs.hpp"

#include <filesystem>
#include <functional>
#include <optional>

namespace daskd::rpc {

/// What the methods work on; outlives them.
struct handler_context {
    supervise::supervisor& supervisor;
    supervise::verbs& verbs;
    supervise::status_feed& feed;
    /// Ends daskd once the replies are out. `leave_cluster`: everything else keeps running.
    std::function<void(bool leave_cluster)> end_daemon;
    /// Calls that still owe their client an answer about the cluster's end.
    int verbs_in_progress = 0;
};

/// One function a method group, in the file of its name. METHODS.md says what the methods do.
void add_cluster_methods(dispatcher& d, handler_context& c);
void add_scheduler_methods(dispatcher& d, handler_context& c);
void add_worker_methods(dispatcher& d, handler_context& c);
void add_pool_methods(dispatcher& d, handler_context& c);
void add_log_methods(dispatcher& d, handler_context& c);
void add_event_methods(dispatcher& d, handler_context& c);
void add_config_methods(dispatcher& d, handler_context& c);
void add_job_methods(dispatcher& d, handler_context& c);
void add_agent_methods(dispatcher& d, handler_context& c);
void add_daemon_methods(dispatcher& d, handler_context& c);
void add_all_methods(dispatcher& d, handler_context& c);

/// Ends daskd once `client` has read its answer and closed, or has had time enough for that.
void end_after_reply(handler_context& c, std::weak_ptr<session> client, bool leave_cluster);

/// `wait` and `timeout_s`, which every verb takes.
[[nodiscard]] supervise::patience read_patience(parameters& p);

} // namespace daskd::rpc
