#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace daskd::ctl {

using seconds = std::chrono::duration<double>;

/// A moment, in seconds of the epoch: a duration before `now`, or ISO 8601 ("2026-01-31T12:00:00Z";
/// without a zone: UTC, as in what daskctl prints).
[[nodiscard]] std::optional<seconds> parse_moment(std::string_view text, seconds now);

} // namespace daskd::ctl
