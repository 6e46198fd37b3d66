#pragma once

#include "common/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daskd {

/// What users are shown of a cluster: the daemon fills it, `status --json` prints it, daskctl draws it.
/// Field names and units are those of the JSON (a contract: add, never rename). An empty optional is null.

/// How a process last ended, and why.
struct exit_view {
    std::string at;    ///< ISO 8601, UTC, milliseconds
    std::string cause; ///< exit, signal, memory, start_timeout, retired, scheduler_lost, requested, lost …
    std::optional<int> code;
    std::optional<std::string> signal; ///< "SIGKILL"
    std::string text;                  ///< one sentence for people

    bool operator==(exit_view const&) const = default;
};

struct daemon_view {
    int pid = 0;
    std::string version;
    double uptime_s = 0;
    std::uint64_t rss_bytes = 0;
    std::string socket;

    bool operator==(daemon_view const&) const = default;
};

/// Tasks by state, as the scheduler counts them.
struct task_counts {
    std::uint64_t waiting = 0;
    std::uint64_t processing = 0;
    std::uint64_t memory = 0;
    std::uint64_t erred = 0;
    std::uint64_t released = 0; ///< done, and their results were given up because nobody needs them any more

    bool operator==(task_counts const&) const = default;
};

struct scheduler_view {
    std::string state;
    std::optional<int> pid;
    std::optional<std::string> address;
    std::optional<std::string> dashboard;
    int restarts = 0;
    std::optional<double> uptime_s;
    std::optional<std::string> python;
    std::optional<std::string> distributed;
    std::optional<exit_view> last_exit;
    std::optional<double> next_start_in_s;
    std::string log;
    task_counts tasks;

    bool operator==(scheduler_view const&) const = default;
};

/// The process that holds users' jobs.
struct runner_view {
    std::string state;
    std::optional<int> pid;
    int restarts = 0;
    std::optional<double> uptime_s;
    std::optional<exit_view> last_exit;
    std::optional<double> next_start_in_s;
    std::string log;

    bool operator==(runner_view const&) const = default;
};

/// How a pool follows the load.
struct adapt_view {
    int minimum = 0;
    int maximum = 0;
    double interval_s = 0;
    int wait_count = 0;
    double target_duration_s = 0;

    bool operator==(adapt_view const&) const = default;
};

struct pool_view {
    std::string name;
    std::string launcher;
    int desired = 0;
    int running = 0;
    std::optional<adapt_view> adapt = {};

    bool operator==(pool_view const&) const = default;
};

struct worker_view {
    std::string name;
    std::string pool;
    std::string host;
    std::string state;
    std::string desired; ///< running or stopped
    std::optional<int> pid;
    std::optional<std::string> address;
    int threads = 0;
    std::optional<std::uint64_t> memory_limit_bytes; ///< null: no limit
    std::optional<std::uint64_t> memory_bytes;
    std::optional<std::string> memory_enforced_by; ///< who ends it beyond the limit: cgroup or agent
    std::optional<double> cpu_percent;
    std::optional<int> executing;
    int restarts = 0;
    std::optional<double> uptime_s;
    std::string spawn; ///< fork or exec: how it is, or would be, started
    std::optional<double> next_start_in_s;
    int attempt = 0;                     ///< failures in a row, or restarts that count against its budget
    std::optional<int> attempts_allowed; ///< its budget; null: no limit
    std::optional<std::string> job_id;   ///< in its queue
    std::optional<std::string> reason;   ///< why it is pending, in the queue's words
    std::string log;
    std::optional<exit_view> last_exit;

    bool operator==(worker_view const&) const = default;
};

/// Workers by state.
struct summary_view {
    int desired = 0;
    int running = 0;
    int starting = 0;
    int backoff = 0;
    int failed = 0;
    int stopped = 0;
    int unreachable = 0;
    int pending = 0;

    bool operator==(summary_view const&) const = default;
};

struct cluster_view {
    std::string cluster;
    std::string state; ///< down, starting, running, degraded, stopping, failed
    std::optional<daemon_view> daemon;
    std::optional<scheduler_view> scheduler;
    std::optional<runner_view> job_runner; ///< while there are jobs
    std::vector<pool_view> pools;
    std::vector<worker_view> workers;
    summary_view summary;
    std::vector<std::string> warnings; ///< what a user should know, a sentence each
    /// Why it is down although no verb said so: "idle for 10 s (idle_timeout)".
    std::optional<std::string> reason;

    bool operator==(cluster_view const&) const = default;
};

/// What `status --json` prints: `"schema": 1` first, keys in the contract's order.
[[nodiscard]] ordered_json to_json(cluster_view const& view);

[[nodiscard]] ordered_json to_json(adapt_view const& view);

/// The reverse; fields that are missing keep their defaults (an older daemon), unknown ones are ignored (a
/// newer one). Fails only on a value of the wrong type.
[[nodiscard]] result<cluster_view> cluster_view_from_json(json const& value);

/// The view of a cluster that has no daemon.
[[nodiscard]] cluster_view down_view(std::string cluster);

} // namespace daskd
