#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/core/adapt_policy.hpp"
#include "daemon/core/layout.hpp"
#include "daemon/core/scheduler_host.hpp"
#include "daemon/core/time.hpp"
#include "daemon/core/tls.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daskd::core {

/// What is wanted, in full detail: every process by name with all that is needed to start it. Configuration
/// says the rules, the plan their outcome on these hosts. Pure values; a changed configuration makes another
/// plan (diff.hpp).

using environment = std::map<std::string, std::string>;

/// What a host agent and its processes run in.
struct container_spec {
    config::container_engine engine = config::container_engine::podman;
    std::string program; ///< of the engine: a path, or a name on PATH
    std::string image;
    std::vector<std::string> command;
    std::vector<std::string> options;
    std::vector<std::string> directories; ///< of the host, at the same paths inside; daskd's own come on top
    std::vector<std::string> files;       ///< likewise

    bool operator==(container_spec const&) const = default;
};

/// The job in a queue that an agent runs in.
struct job_spec {
    std::string base;                 ///< what the job is called, but for what makes each submission unique
    std::vector<std::string> workers; ///< by name: those that come and go with it
    config::pool_settings pool;       ///< what the queue is asked for, and how
    std::vector<std::string> nanny_args; ///< with `nanny: true`: the arguments of `dask worker`

    bool operator==(job_spec const&) const = default;
};

/// One host agent: everything that must be settled before Python starts.
struct agent_spec {
    std::string id; ///< from the other fields, stable over restarts of daskd
    std::string python;
    environment env; ///< on top of daskd's own
    std::string cwd;
    std::vector<std::string> warm;
    milliseconds orphan_timeout{0};
    /// Workers that may be on their way to the scheduler at the same time: more only get in each other's way.
    int starts_at_once = 1;
    std::optional<config::host_address> host = {}; ///< reached by SSH; empty: this machine
    bool tunnel = false;                           ///< what its processes say goes through that connection
    std::optional<container_spec> container = {};  ///< empty: none
    std::optional<job_spec> job = {};              ///< empty: it runs in no job
    /// How to log in there, beyond what ~/.ssh/config says.
    std::vector<std::string> identity = {};
    std::optional<std::string> known_hosts = {};

    bool operator==(agent_spec const&) const = default;
};

/// How much memory a worker may use until its agent ends it.
struct memory_guard {
    std::uint64_t limit_bytes = 0;
    std::uint64_t terminate_bytes = 0;
    milliseconds interval{100}; ///< between two looks

    bool operator==(memory_guard const&) const = default;
};

/// When and how a process is restarted and stopped.
struct process_policy {
    config::restart_policy restart = config::restart_policy::always;
    config::backoff_settings backoff;
    std::optional<config::restart_budget> max_restarts;
    milliseconds start_timeout{60'000};
    milliseconds stop_timeout{10'000};
    milliseconds liveness{60'000};        ///< see liveness.hpp
    milliseconds link_tolerance{120'000}; ///< its host may be away for so long

    bool operator==(process_policy const&) const = default;
};

/// What the process is started with.
struct process_spec {
    std::string agent; ///< agent_spec::id
    config::spawn_mode spawn = config::spawn_mode::fork;
    std::vector<std::string>
        args;        ///< Dask's command line, without what is known only at the start (addresses, ports)
    environment env; ///< set after the fork
    std::string cwd;
    int nice = 0;
    std::string log;
    /// Dask's `distributed.comm.timeouts.tcp`; empty: as Dask is configured.
    std::optional<milliseconds> tcp_timeout = {};
    /// Others reach it through tunnels: on 127.0.0.1, at a port that is its own in the cluster.
    bool has_own_port = false;

    bool operator==(process_spec const&) const = default;
};

struct scheduler_spec {
    process_spec process;
    process_policy policy;
    std::string host;
    std::string why_host;         ///< why it listens there, where that was daskd's choice; for people
    std::string protocol = "tcp"; ///< or tls
    std::optional<int> port;      ///< a demand; empty: any free one, 8786 if possible
    config::dashboard_setting dashboard;

    bool operator==(scheduler_spec const&) const = default;
};

/// The process that holds users' jobs (daemon/job_runner): a client of the scheduler, beside it.
struct runner_spec {
    process_spec process;
    process_policy policy;

    bool operator==(runner_spec const&) const = default;
};

/// What the process is called; no worker may have this name.
inline constexpr auto runner_name = "job-runner";

/// What this machine is called where it stands beside others.
inline constexpr auto this_host = "localhost";
/// Where a worker in a queue runs as long as its job has no node.
inline constexpr auto job_host = "";

struct worker_spec {
    std::string name;
    std::string pool;
    std::string host = this_host; ///< where it runs
    process_spec process;
    process_policy policy;
    int threads = 1;
    std::optional<std::uint64_t> memory_limit_bytes;
    std::optional<memory_guard> memory; ///< empty: nobody ends it for its memory
    int standby = 0;                    ///< spare processes that its agent keeps ready for it and its like
    int number = 0;                     ///< its place in the pool, from which it has its name

    bool operator==(worker_spec const&) const = default;
};

struct pool_spec {
    std::string name;
    std::string launcher;
    int desired = 0;
    std::optional<adapt_policy> adapt = {}; ///< empty: `desired` does not follow the load
    int group = 1;                          ///< workers that come and go together, with their job

    bool operator==(pool_spec const&) const = default;
};

struct plan {
    std::vector<agent_spec> agents;
    scheduler_spec scheduler;
    runner_spec runner;
    std::vector<pool_spec> pools;
    std::vector<worker_spec> workers; ///< in the order of pools and numbers
    std::uint64_t log_size_bytes = 0;
    json dask;                    ///< Dask's own configuration, for every process
    std::optional<tls_files> tls; ///< in `dask` already; for clients, and to know when all must start anew

    bool operator==(plan const&) const = default;
};

/// What `daskctl up` brings from its shell: the environment that agents get, and the directory of relative
/// things.
struct user_context {
    environment env;
    std::string cwd;

    bool operator==(user_context const&) const = default;
};

/// Everything that a plan follows from.
struct plan_input {
    config::cluster_settings settings;
    std::map<std::string, int> scaled; ///< pool -> workers, from `daskctl scale`; wins over the configuration
    /// Pool -> what `daskctl adapt` said of it; empty: it does not adapt. Wins over the configuration.
    std::map<std::string, std::optional<config::adapt_settings>> adapt = {};
    /// Pool -> the numbers of its workers, as adaptation has chosen them. They hold while the pool adapts,
    /// and stay when that is turned off by hand.
    std::map<std::string, std::set<int>> adapted = {};
    user_context context;
    host_resources local_host;
    /// The interpreter of each pool by its name, and of the scheduler by "".
    std::map<std::string, std::string> pythons;
    std::map<config::container_engine, std::string> engines = {}; ///< their programs, where they are known
    std::filesystem::path log_dir;
    tls_source tls = tls_source::none;
    std::optional<tls_files> tls_paths; ///< of our own or given ones
    /// What remote hosts offer, by name, as far as their agents have told. The workers of a host that has not
    /// are planned as one that waits for it, or as many as the configuration says.
    std::map<std::string, host_resources> hosts = {};
    network_view network = {};
    std::string remote_log_dir = {}; ///< on remote hosts; "~/" is the home there
};

/// Why workers of this plan could not all listen (too few ports, an address of another protocol), or why a
/// container could not work.
[[nodiscard]] std::optional<std::string> why_impossible(config::cluster_settings const& settings,
                                                        plan const& p);

/// The host that the scheduler listens on.
[[nodiscard]] host_choice scheduler_host(plan_input const& input);

[[nodiscard]] plan make_plan(plan_input const& input);

/// The name of a local pool's worker by its number.
[[nodiscard]] std::string worker_name(config::pool_settings const& pool, int number);
/// The numbers of the workers that a pool has in this plan.
[[nodiscard]] std::set<int> numbers_of(plan const& p, std::string const& pool);

} // namespace daskd::core
