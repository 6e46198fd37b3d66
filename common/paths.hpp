#pragma once

#include "common/error.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

namespace daskd {

/// How a variable of the environment is looked up; empty counts as unset.
using environment_lookup = std::function<std::optional<std::string>(std::string const&)>;
[[nodiscard]] environment_lookup process_environment();

/// Where one cluster's files are. Paths are absolute; nothing is created by asking.
struct cluster_paths {
    std::string cluster;
    std::filesystem::path runtime_dir; ///< sockets and locks; gone after a reboot
    std::filesystem::path state_dir;   ///< intent, events, logs, scheduler file

    [[nodiscard]] std::filesystem::path control_socket() const { return runtime_dir / "control.sock"; }
    [[nodiscard]] std::filesystem::path lock_file() const { return runtime_dir / "daemon.lock"; }
    [[nodiscard]] std::filesystem::path scheduler_socket() const { return runtime_dir / "scheduler.sock"; }
    [[nodiscard]] std::filesystem::path job_socket() const { return runtime_dir / "jobs.sock"; }
    /// Left by a scheduler that was ended on purpose: its last words, should nobody have heard them.
    [[nodiscard]] std::filesystem::path last_words_file() const { return runtime_dir / "scheduler.closing"; }
    [[nodiscard]] std::filesystem::path agent_socket(std::string const& id) const {
        return runtime_dir / ("agent-" + id + ".sock");
    }
    [[nodiscard]] std::filesystem::path agent_ledger(std::string const& id) const {
        return runtime_dir / ("agent-" + id + ".table");
    }
    /// Of this machine's mouth of the tunnel.
    [[nodiscard]] std::filesystem::path tunnel_socket() const { return runtime_dir / "tunnel.sock"; }
    [[nodiscard]] std::filesystem::path agent_program() const { return runtime_dir / "agent.pyz"; }
    [[nodiscard]] std::filesystem::path state_file() const { return state_dir / "state.json"; }
    /// The same, for when the disk of the state directory fails.
    [[nodiscard]] std::filesystem::path state_copy() const { return runtime_dir / "state.json"; }
    [[nodiscard]] std::filesystem::path events_file() const { return state_dir / "events.jsonl"; }
    [[nodiscard]] std::filesystem::path scheduler_file() const { return state_dir / "scheduler.json"; }
    /// Private parts of jobs in queues: on a file system that their nodes share.
    [[nodiscard]] std::filesystem::path queue_dir() const { return state_dir / "queue"; }
    [[nodiscard]] std::filesystem::path tls_dir() const { return state_dir / "tls"; }
    /// Users' jobs and what came of them.
    [[nodiscard]] std::filesystem::path jobs_dir() const { return state_dir / "jobs"; }
    [[nodiscard]] std::filesystem::path log_dir() const { return state_dir / "logs"; }
    [[nodiscard]] std::filesystem::path log_file(std::string const& name) const {
        return log_dir() / (name + ".log");
    }
};

/// The paths of cluster `name` (empty: DASKD_CLUSTER, else "default") for user `uid`.
/// Fails on an invalid name, on a runtime directory too long for a Unix socket (107 bytes), and without a
/// home.
[[nodiscard]] result<cluster_paths> find_paths(std::string name, environment_lookup const& env, uid_t uid);

/// Creates `dir` with mode 0700 if it is missing, and its parents; then checks, through a descriptor that
/// follows no symbolic link, that it is ours and closed to others. The error names the variable that moves it
/// elsewhere.
[[nodiscard]] result<void> make_private_dir(std::filesystem::path const& dir, uid_t uid,
                                            std::string const& variable);

} // namespace daskd
