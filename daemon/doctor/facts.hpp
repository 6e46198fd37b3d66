#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daskd::doctor {

/// What was seen of this machine, its hosts and the cluster. Plain values, read by daemon/survey; what they
/// mean says examine.hpp. An empty `problem` is none; `remedy` belongs to it.

struct trouble {
    std::string problem;
    std::string remedy;
};

struct daemon_facts {
    bool is_there = false;
    int pid = 0;
    std::string version;
    std::string own_version; ///< of the program that asks
    trouble silence;         ///< it is there, and does not answer
};

/// A process of the cluster that is not as it should be.
struct ailing_process {
    std::string name;
    std::string state;
    std::string text;
};

struct cluster_facts {
    std::string state; ///< as in `status`
    int running = 0;
    int desired = 0;
    std::vector<ailing_process> ailing;
    std::vector<std::string> warnings; ///< of `status`
};

struct directory_facts {
    std::string purpose; ///< sockets, state …
    std::string path;
    std::string moved_by; ///< the variable or key that names another
    bool exists = false;
    bool is_usable = true; ///< by us, and, where `must_be_private`, by nobody else
    bool must_be_private = false;
    std::string owner_and_mode; ///< "alice, 0755"
    std::uint64_t free_bytes = 0;
};

/// An interpreter where processes of Dask's run, or would run.
struct place {
    std::string name;                            ///< scheduler, a pool, this shell, a host
    std::string pool;                            ///< of a host: where its configuration is
    std::string host;                            ///< empty: this machine
    std::string python;                          ///< its path
    std::map<std::string, std::string> versions; ///< package -> version, as Dask tells them
    int cores = 0;                               ///< of a host
    std::uint64_t memory_bytes = 0;
    bool is_running = false; ///< as its agent told; otherwise as it would be
    std::string no_fork;     ///< why its workers cannot be forked
    trouble wrong;           ///< unreachable, no such interpreter …

    /// Empty: not known.
    [[nodiscard]] std::string version_of(std::string const& package) const {
        auto const it = versions.find(package);
        return it == versions.end() ? "" : it->second;
    }
};

/// Who listens on a port.
struct listener {
    int pid = 0; ///< 0: not ours to see
    std::string program;
    std::string user;
};

struct port_facts {
    std::string key; ///< daskd.scheduler.port; the address of one that the cluster has
    int number = 0;
    bool is_demanded = false;
    bool is_ours = false;             ///< the running cluster's
    std::optional<listener> taken_by; ///< by others
};

/// How many more there may be.
struct room {
    std::string what; ///< processes of this user …
    std::string raised_by;
    std::uint64_t limit = 0;
    std::uint64_t used = 0;
};

struct limit_facts {
    std::uint64_t descriptors = 0; ///< of one process, as it is started
    std::uint64_t descriptors_most = 0;
    std::vector<room> rooms;               ///< for threads and processes
    int workers = 0;                       ///< on this machine
    int worker_threads = 0;                ///< of all of them
    bool are_running = false;              ///< what they take is in `used` already
    std::uint64_t worker_memory_bytes = 0; ///< their limits together; 0: some have none
    std::uint64_t memory_bytes = 0;        ///< of this machine, as Dask counts it
};

struct session_facts {
    std::string user;
    std::string unit;         ///< that runs daskd; empty: none
    bool has_systemd = false; ///< for this user
    bool has_linger = false;
    bool kills_at_logout = false; ///< logind's KillUserProcesses
};

struct other_user {
    std::string name;
    bool is_here = false; ///< has processes now
};

struct reach_facts {
    std::string address; ///< of the scheduler, or where it would listen
    bool has_tls = false;
    bool is_loopback = true;
    std::vector<other_user> others;
};

/// A program that a pool needs.
struct program_facts {
    std::string pool;
    std::string name; ///< podman, sbatch
    std::string path; ///< empty: not on PATH
};

struct facts {
    std::string cluster;
    daemon_facts daemon;
    std::optional<cluster_facts> status; ///< empty: no daskd told
    std::vector<std::string> config_files;
    std::vector<std::string> config_problems;
    std::vector<directory_facts> directories;
    place scheduler;
    std::vector<place> workers; ///< pools here, then hosts
    std::optional<place> shell; ///< what `python3` of the user's shell would connect with
    std::vector<program_facts> programs;
    std::vector<port_facts> ports;
    limit_facts limits;
    session_facts session;
    reach_facts reach;
};

} // namespace daskd::doctor
