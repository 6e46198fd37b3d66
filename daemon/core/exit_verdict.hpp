#pragma once

#include "common/cluster_view.hpp"
#include "daemon/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daskd::core {

/// What a process used when it was ended for its memory.
struct memory_excess {
    std::uint64_t used_bytes = 0;
    std::uint64_t limit_bytes = 0;

    bool operator==(memory_excess const&) const = default;
};

/// What the nanny desk heard about an end before it came.
struct nanny_word {
    std::string asked;  ///< kill, restart, terminate (by a client), close_gracefully (by the worker itself)
    std::string reason; ///< in Dask's words

    bool operator==(nanny_word const&) const = default;
};

/// How a process ended, as far as anybody saw.
struct exit_status {
    std::string at;                           ///< ISO 8601, UTC
    std::optional<int> code;                  ///< neither code nor signal: nobody saw it
    std::optional<std::string> signal;        ///< "SIGKILL"
    std::vector<std::string> log_tail;        ///< the last lines that it wrote
    std::optional<memory_excess> memory = {}; ///< its agent, or the kernel, ended it for this
    std::optional<nanny_word> told = {};      ///< why, as far as Dask said it

    bool operator==(exit_status const&) const = default;
};

/// Why daskd, or Dask through its link, wanted a process to end. The exit code alone cannot tell: 0 can mean
/// all of them.
enum class ending {
    none,           ///< nobody asked
    requested,      ///< a user's stop, restart, down or scale
    retired,        ///< a client retired it
    start_timeout,  ///< it never registered, and daskd ended it
    scheduler_lost, ///< its scheduler is gone
    client_restart, ///< Client.restart() or Client.restart_workers()
    shutdown,       ///< Client.shutdown()
    hung,           ///< it was silent and did not work, and daskd ended it
    idle,           ///< the cluster was idle for its idle_timeout
    lifetime,       ///< its lifetime was over
    host_away,      ///< its host was unreachable for longer than its link_tolerance
    agent_lost,     ///< its host agent ended before it had confirmed the start
    job_over,       ///< its job in the queue has ended, as jobs do: walltime, preemption, its node
    job_cancelled,  ///< somebody has cancelled its job
    cut_off,        ///< it lost its connection to a scheduler that may well live
};

/// What else was known of a process when it ended.
struct circumstances {
    std::string hang;               ///< how it hung
    std::vector<std::string> tasks; ///< what it was working on
};

/// Whether it counts as a failure, and its repetition is slowed down.
[[nodiscard]] bool is_failure(ending why);

/// Why a process ended that nobody in daskd wanted to end: what the nanny desk heard.
[[nodiscard]] ending told_ending(exit_status const& status);

/// The cause of a death, in the contract's words, with one sentence for people.
[[nodiscard]] exit_view verdict(exit_status const& status, ending why, milliseconds start_timeout,
                                circumstances const& known = {});

/// "; it was working on a, b", or nothing.
[[nodiscard]] std::string tasks_text(std::vector<std::string> const& tasks);

/// A process that could not even be started: `text` says why.
[[nodiscard]] exit_view start_failure(std::string at, std::string text);

} // namespace daskd::core
