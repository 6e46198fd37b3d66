#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace daskd {

/// The whole of a small file such as those of /proc and /sys; nullopt if it cannot be read.
[[nodiscard]] std::optional<std::string> read_file(std::filesystem::path const& path);

} // namespace daskd
