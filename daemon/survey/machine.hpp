#pragma once

#include "common/paths.hpp"
#include "daemon/doctor/facts.hpp"

#include <filesystem>
#include <string>
#include <sys/types.h>

namespace daskd::survey {

/// One that does not exist is judged by where it would be made.
[[nodiscard]] doctor::directory_facts look_at_directory(std::string purpose,
                                                        std::filesystem::path const& path,
                                                        std::string moved_by, bool must_be_private);

/// `process`: one whose limits count (0: ours).
[[nodiscard]] doctor::limit_facts look_at_limits(pid_t process);

/// `unit`: the systemd unit that runs daskd; empty: none.
[[nodiscard]] doctor::session_facts look_at_session(environment_lookup const& env, std::string unit);

/// Whether files of logind's configuration, the last of them first in rank, say KillUserProcesses. Pure.
[[nodiscard]] bool kills_user_processes(std::string const& texts);

/// "Max open files" and the like of the text of /proc/PID/limits: the soft limit, and the hard one.
/// "unlimited" is the largest number; no such line is 0. Pure.
struct limit_pair {
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;

    bool operator==(limit_pair const&) const = default;
};
[[nodiscard]] limit_pair limit_in(std::string const& limits, std::string const& name);

} // namespace daskd::survey
