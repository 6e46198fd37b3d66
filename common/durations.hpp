#pragma once

#include "common/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace daskd {

/// A duration as Dask's parse_timedelta reads it ("100ms", "1.5 hours", "1 day", a unit alone is one of it),
/// "min", and as queues write it ("00:30:00", "99:99:99"); a number alone is in seconds. Anything above zero
/// is at least 1 ms. Fails (errc::usage) on what cannot be read, on less than nothing and on more than a
/// hundred years.
[[nodiscard]] result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Seconds as JSON has them; more than a hundred years, either way, are a hundred years.
[[nodiscard]] std::chrono::milliseconds from_seconds(double seconds);

/// For people, in its two largest units: "250ms", "4.2s", "2m 5s", "3d 4h".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

} // namespace daskd
