#pragma once

#include "common/error.hpp"
#include "daemon/config/launcher.hpp"
#include "daemon/queue/job.hpp"
#include "daemon/queue/status.hpp"

#include <string>
#include <vector>

namespace daskd::queue {

/// A command of the queue: what to run. Commands may block for long (Slurm's do so for 9 s when its
/// controller is away): they need a deadline.
struct command {
    std::vector<std::string> argv;
    std::string input = {};

    bool operator==(command const&) const = default;
};

/// What became of it.
struct command_output {
    int exit_code = 0;
    std::string out;
    std::string err;
};

/// How one queueing system is spoken to: the commands, and what their output means. Pure. Readers fail with
/// the system's own words; output that cannot be read is an error that quotes it, never an empty answer.
struct dialect {
    config::launcher_kind launcher;

    std::string (*script)(job const& what);
    command (*submit)(std::string const& script);
    /// The id of the submitted job.
    result<std::string> (*read_submitted)(command_output const& output);

    char const* cancel_program; ///< see cancel()

    /// All jobs of `user` at once; those that ended as long as the queue lists them.
    command (*list)(std::string const& user);
    result<std::vector<job_status>> (*read_list)(command_output const& output);

    /// How a job ended that is no longer listed.
    command (*ask_end)(std::string const& id);
    result<job_end> (*read_end)(command_output const& output);

    /// Why a job waits, where the list does not say it; else null.
    command (*ask_reason)(std::string const& id) = nullptr;
    result<std::string> (*read_reason)(command_output const& output) = nullptr;
};

extern dialect const slurm;
extern dialect const sge;
extern dialect const htcondor;
extern dialect const pbs;
extern dialect const lsf;

/// Ends jobs. That one of them is gone already may be an error to the queue.
[[nodiscard]] command cancel(dialect const& d, std::vector<std::string> const& ids);

/// The dialect of a launcher for which is_job_queue() holds.
[[nodiscard]] dialect const& dialect_of(config::launcher_kind launcher);

} // namespace daskd::queue
