#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace daskd {

/// Names one process for good: a pid alone is given to another process sooner or later.
struct process_id {
    pid_t pid = -1;
    std::uint64_t start_time_ticks = 0; ///< after boot, field 22 of /proc/PID/stat
    std::string boot_id;

    bool operator==(process_id const&) const = default;
};

/// What we need of /proc/PID/stat.
struct process_stat {
    char state = '?'; ///< R, S, D, T, Z …
    std::uint64_t start_time_ticks = 0;

    bool operator==(process_stat const&) const = default;
};

/// Reads the text of /proc/PID/stat; the command's name in it may hold spaces and parentheses.
[[nodiscard]] std::optional<process_stat> parse_stat(std::string_view text);

/// The process that has `pid` now; nullopt if there is none, or only a zombie.
[[nodiscard]] std::optional<process_id> identify(pid_t pid);

/// Whether exactly this process still runs. A zombie has ended.
[[nodiscard]] bool is_alive(process_id const& id);

/// Of the running kernel; empty if it is unknown.
[[nodiscard]] std::string const& boot_id();

} // namespace daskd
