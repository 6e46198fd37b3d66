#pragma once

#include <cstdint>
#include <string>

namespace daskd::ctl {

/// A duration in seconds, as the view has them: "350ms", "4.2s", "3m 20s".
[[nodiscard]] std::string show_duration(double seconds);

/// "1 worker", "2 workers".
[[nodiscard]] std::string show_count(std::uint64_t n, std::string const& noun);

/// How a process ended, in a line: with the last of its last lines, which mostly names the error.
[[nodiscard]] std::string in_a_line(std::string const& exit_text);

} // namespace daskd::ctl
