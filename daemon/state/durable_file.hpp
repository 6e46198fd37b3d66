#pragma once

#include "common/error.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace daskd::state {

/// The whole of a file; nullopt if there is none.
[[nodiscard]] result<std::optional<std::string>> read_whole(std::filesystem::path const& path);

/// Creates or replaces a file, mode 0600, and returns once its contents are on the disk. On failure it is
/// removed.
[[nodiscard]] result<void> write_durably(std::filesystem::path const& path, std::string_view text);

/// Replaces a file at once, mode 0600: readers find the old one or the new. Not made to last over a power
/// cut. After a failure the former one stands.
[[nodiscard]] result<void> replace_file(std::filesystem::path const& path, std::string_view text);

/// "cannot STEP PATH: …" after a system call failed with `number`, with what users can do about it.
[[nodiscard]] error disk_error(char const* step, std::filesystem::path const& path, int number);

/// Makes the names in a directory (after a rename) last over a power cut, where the file system can.
void sync_directory(std::filesystem::path const& directory);

/// Writes all of it, or returns an errno.
[[nodiscard]] int write_all(int fd, std::string_view text);

} // namespace daskd::state
