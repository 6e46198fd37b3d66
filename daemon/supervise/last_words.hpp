#pragma once

#include "daemon/core/event.hpp"

#include <filesystem>
#include <optional>

namespace daskd::supervise {

/// How the scheduler closed, if it was ended on purpose and has left word of it; see
/// scheduler_link/PROTOCOL.md.
[[nodiscard]] std::optional<core::happened::scheduler_closing>
read_last_words(std::filesystem::path const& file);

} // namespace daskd::supervise
