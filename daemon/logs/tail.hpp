#pragma once

#include "common/error.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace daskd::logs {

/// A longer line is cut into pieces of this length.
inline constexpr std::size_t max_line_bytes = std::size_t{64} << 10;
/// What is asked for beyond this is not read.
inline constexpr std::size_t max_tail_lines = 10'000;
inline constexpr std::uint64_t max_tail_bytes = std::uint64_t{8} << 20;

/// The end of a log.
struct log_tail {
    std::vector<std::string> lines; ///< oldest first, without line ends
    std::uint64_t offset = 0;       ///< in the file, after the last whole line: follow from here
};

/// The last `count` whole lines of a file, read from its end: the cost does not depend on its size.
/// Fails with errc::unknown_name if there is no such file.
[[nodiscard]] result<log_tail> read_tail(std::filesystem::path const& file, std::size_t count);

} // namespace daskd::logs
