#pragma once

#include "daemon/core/event.hpp"
#include "daemon/core/plan.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace daskd::agent_link {

/// The agent protocol as values: agent/PROTOCOL.md says what they mean. Pure; reads and writes JSON, nothing
/// else.

inline constexpr int lowest_protocol = 1;
inline constexpr int highest_protocol = 1;

/// What an agent says of itself and its host.
struct agent_facts {
    int pid = 0;
    std::string host;
    std::string boot_id;
    int cores = 0; ///< 0, as memory: it could not tell
    std::uint64_t memory_bytes = 0;
    std::string executable; ///< its interpreter
    std::string python;
    std::string distributed;
    std::map<std::string, std::string> versions; ///< of what Dask compares between its processes
    bool has_dashboard = false;
    config::spawn_mode spawn = config::spawn_mode::fork;
    std::string spawn_reason;
    std::vector<std::string> skipped; ///< "module: why it was not imported"
};

struct found_process {
    core::launch_id launch;
    core::process_ref process;
    double age_s = 0;
    std::string memory_enforced_by; ///< cgroup, agent, or empty: nobody
};

struct exited {
    std::uint64_t seq = 0;
    core::launch_id launch;
    core::exit_status status;
};

struct hello {
    agent_facts facts;
    std::vector<found_process> processes;
    std::vector<exited> exits;
    int protocol = 1;    ///< that it has chosen
    std::string renewed; ///< the reason, if the agent has renewed itself; empty in an ordinary hello
};

struct spawned {
    core::launch_id launch;
    core::process_ref process;
    std::string memory_enforced_by;
};

struct spawn_failed {
    core::launch_id launch;
    std::string text;
};

/// The agent cannot work at all and ends.
struct fatal {
    std::string text;
    std::string hint;
};

/// It speaks no protocol that we speak.
struct refused {
    int lowest = 0;
    int highest = 0;
};

/// No process could be started with these ports: programs that are not ours have them.
struct ports_taken {
    std::vector<int> ports;
};

/// What stands in a log (log_op()).
struct log_lines {
    std::uint64_t id = 0;
    std::vector<std::string> lines;
    std::uint64_t offset = 0; ///< in the log, after them
};

/// Something is wrong with what we said.
struct complaint {
    std::string text;
};

/// Its job is about to end: it starts nothing more.
struct job_ending {
    std::string text;
    bool at_once = false; ///< and what runs there ends now
};

/// A sign of life, asked for by ping_op().
struct pong {};

using message = std::variant<hello, spawned, spawn_failed, exited, core::happened::examined, fatal, refused,
                             ports_taken, log_lines, complaint, job_ending, pong>;

/// Reads one message. Fails on one that lacks what it must have; never throws.
[[nodiscard]] result<message> read_message(json const& value);

/// How an agent starts daskd again after it vanished.
struct revival {
    std::vector<std::string> argv;
    core::environment env;
    std::string cwd;
};

/// What a worker and its nanny may listen on, where any port will not do.
struct port_lists {
    std::vector<int> worker;
    std::vector<int> nanny;
};

struct spawn_request {
    core::launch_id launch;
    std::string role; ///< scheduler, worker or runner
    core::process_spec process;
    std::vector<std::string> args; ///< complete but for a worker's name
    int standby = 0;               ///< spare processes to keep ready for its like
    std::optional<core::memory_guard> memory;
    std::uint64_t log_size_bytes = 0;
    json dask; ///< Dask configuration
    /// Files that `dask` names and that are not on the agent's host: path -> content.
    std::map<std::string, std::string> files = {};
    std::optional<std::string> scheduler_link; ///< the socket that a scheduler listens on for daskd
    std::optional<std::string> job_link = {};  ///< likewise, of the job runner
    std::optional<port_lists> ports = {};      ///< empty: any
};

/// `scheduler_link`: empty where the agent cannot reach that socket.
[[nodiscard]] json hello_op(std::optional<revival> const& revive, std::chrono::milliseconds orphan_timeout,
                            std::optional<std::string> const& scheduler_link);
[[nodiscard]] json spawn_op(spawn_request const& request);
[[nodiscard]] json signal_op(core::launch_id const& launch, int signal, bool whole_tree);
[[nodiscard]] json examine_op(core::launch_id const& launch);
/// The last lines of a log, and with `follow` what is written later. `offset`: only what comes after it.
[[nodiscard]] json log_op(std::uint64_t id, std::string const& log, std::size_t lines, bool follow,
                          std::optional<std::uint64_t> offset);
[[nodiscard]] json end_log_op(std::uint64_t id);
[[nodiscard]] json ack_op(std::uint64_t seq);
[[nodiscard]] json ping_op();
[[nodiscard]] json renew_op(std::string const& reason);
[[nodiscard]] json listen_op();
[[nodiscard]] json goodbye_op();
[[nodiscard]] json shutdown_op();

} // namespace daskd::agent_link
