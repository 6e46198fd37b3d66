#pragma once

#include "common/json.hpp"
#include "daemon/config/launcher.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daskd::config {

/// The configuration as the rest of daskd sees it: plain values, checked, with defaults filled in.
/// An empty optional is `auto` or null in the file. Source of truth for keys and documentation: schema.hpp.

using milliseconds = std::chrono::milliseconds;

enum class spawn_mode { fork, exec };
enum class restart_policy { always, on_failure, never };

/// `memory:` of a pool, per worker.
struct memory_setting {
    enum class kind { automatic, none, bytes, fraction };
    kind is = kind::automatic;
    std::uint64_t bytes = 0;
    double fraction = 0; ///< of the host's memory, in (0, 1]

    bool operator==(memory_setting const&) const = default;
};

struct backoff_settings {
    milliseconds initial{100};
    milliseconds max{30'000};
    milliseconds reset_after{10'000};

    bool operator==(backoff_settings const&) const = default;
};

/// More than `count` restarts within `within`: the process is given up.
struct restart_budget {
    int count = 0;
    milliseconds within{0};

    bool operator==(restart_budget const&) const = default;
};

/// `adapt:` of a pool. What is empty is as Dask's `distributed.adaptive` has it.
struct adapt_settings {
    std::optional<int> minimum;
    std::optional<int> maximum;
    std::optional<milliseconds> interval;
    std::optional<int> wait_count;
    std::optional<milliseconds> target_duration;

    bool operator==(adapt_settings const&) const = default;
};

enum class container_engine { docker, podman, apptainer };

/// `container:` of a pool or of the scheduler.
struct container_settings {
    container_engine engine = container_engine::podman;
    std::string image;
    std::vector<std::string> command; ///< before Python, such as an image's own start.sh
    std::vector<std::string> options; ///< further options of the engine's `run` or `exec`

    bool operator==(container_settings const&) const = default;
};

/// How a host is reached by SSH. What is empty is as ~/.ssh/config has it.
struct host_address {
    std::string name; ///< as it was written: workers are named after it
    std::optional<std::string> user = {};
    std::optional<int> port = {};

    bool operator==(host_address const&) const = default;
};

/// As it is written: alice@node1:2222, [2001:db8::1]:22.
[[nodiscard]] std::string to_string(host_address const& host);

struct pool_settings;

/// One of a pool's `hosts:`.
struct host_settings {
    host_address address;
    json overrides = json::object(); ///< what its entry says besides, as it was written
    std::vector<pool_settings> own;  ///< with overrides: the pool as it is on this host; else empty

    bool operator==(host_settings const&) const;
};

struct pool_settings {
    std::string name;
    launcher_kind launcher = launcher_kind::local;
    std::optional<int> workers;
    std::vector<std::string> names;
    std::optional<int> threads;
    memory_setting memory;
    std::optional<std::string> python;
    std::map<std::string, std::string> env;
    spawn_mode spawn = spawn_mode::fork;
    std::vector<std::string> warm{"numpy", "pandas"};
    int standby = 1;
    std::vector<std::string> preload;
    std::vector<std::string> args;
    std::map<std::string, double> resources;
    std::optional<std::string> interface;
    std::optional<std::string> local_directory;
    std::optional<std::string> cwd;
    int nice = 0;
    restart_policy restart = restart_policy::always;
    backoff_settings backoff;
    std::optional<restart_budget> max_restarts;
    std::optional<double> memory_terminate; ///< a fraction of its memory; 0: never
    std::optional<milliseconds> liveness;
    std::optional<milliseconds> lifetime;
    std::optional<milliseconds> lifetime_stagger;
    milliseconds start_timeout{60'000};
    milliseconds stop_timeout{10'000};
    milliseconds orphan_timeout{600'000};
    std::optional<adapt_settings> adapt;
    std::optional<container_settings> container;
    bool nanny = false;                ///< Dask's own, instead of daskd's supervision
    std::vector<host_settings> hosts;  ///< with launcher::ssh
    std::vector<std::string> identity; ///< private key files; none: as ~/.ssh/config has it
    std::optional<std::string> known_hosts;
    bool tunnel = false;                  ///< all traffic of Dask goes through the SSH connections
    milliseconds link_tolerance{120'000}; ///< how long a lost link is waited out

    // job queues; of one job, and where a queue has a syntax of its own, in that
    std::optional<int> jobs;
    int processes = 1;
    int cores = 1;
    std::optional<std::uint64_t> job_memory_bytes;
    std::optional<std::string> queue;
    std::optional<std::string> project;
    std::optional<std::string> walltime = "00:30:00";
    std::optional<std::string> resource_spec;
    std::vector<std::string> directives;
    std::vector<std::string> directives_skip;
    std::vector<std::string> prologue;
    std::string shebang = "#!/usr/bin/env bash";
    std::optional<std::string> log_directory;
    std::optional<host_address> submit_host; ///< the queue's commands run there
    milliseconds poll_interval{30'000};

    bool operator==(pool_settings const&) const = default;
};

inline bool host_settings::operator==(host_settings const& other) const { // clang 14 cannot default this one
    return address == other.address && overrides == other.overrides && own == other.own;
}

/// `dashboard:` of the scheduler: auto, none, or an address ("127.0.0.1:8787", ":8787").
struct dashboard_setting {
    bool wanted = true;
    std::optional<std::string> address;

    bool operator==(dashboard_setting const&) const = default;
};

struct scheduler_settings {
    std::optional<std::string> host;
    std::optional<int> port;
    dashboard_setting dashboard;
    std::optional<std::string> python;
    std::map<std::string, std::string> env;
    std::vector<std::string> args;
    std::vector<std::string> preload;
    std::optional<milliseconds> idle_timeout; ///< empty: as Dask is configured
    std::optional<container_settings> container;

    bool operator==(scheduler_settings const&) const = default;
};

/// Files of the user's own: paths of PEM files.
struct given_tls {
    std::string ca_file;
    std::string cert;
    std::string key;

    bool operator==(given_tls const&) const = default;
};

/// `tls:`
struct tls_setting {
    enum class mode { automatic, on, off, files };
    mode is = mode::automatic;
    given_tls given; ///< with mode::files

    bool operator==(tls_setting const&) const = default;
};

/// One of `on_event:`.
struct event_hook {
    std::vector<std::string> kinds; ///< "worker.failed", "cluster.*"; see event_names()
    std::vector<std::string> command;

    bool operator==(event_hook const&) const = default;
};

/// Where a server listens.
struct listen_address {
    std::string address; ///< IPv4 or IPv6, without brackets
    int port = 0;
    std::string socket; ///< a path, instead of both

    bool operator==(listen_address const&) const = default;
};

struct cluster_settings {
    scheduler_settings scheduler;
    tls_setting tls;
    std::uint64_t log_size_bytes = std::uint64_t{16} << 20;
    std::vector<event_hook> on_event;
    std::optional<listen_address> http;
    std::vector<pool_settings> pools; ///< in the file's order; without configuration one pool, "local"
    json dask; ///< everything else in the same files and variables: Dask's own configuration

    bool operator==(cluster_settings const&) const = default;
};

} // namespace daskd::config
