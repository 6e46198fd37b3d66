#pragma once

#include <string>

namespace daskd::supervise {

/// Now, for people: ISO 8601, UTC, milliseconds. Never used to decide anything.
[[nodiscard]] std::string utc_now();

} // namespace daskd::supervise
