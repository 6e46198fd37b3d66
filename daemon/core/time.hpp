#pragma once

#include <chrono>

namespace daskd::core {

/// The core has no clock: whoever calls it says what time it is, on the monotonic clock.
using time_point = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

} // namespace daskd::core
