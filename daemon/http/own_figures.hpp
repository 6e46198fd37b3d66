#pragma once

#include <cstdint>

namespace daskd::http {

/// What every Prometheus client tells of its own process.
struct own_figures {
    double start_time_s = 0; ///< seconds of the epoch
    double cpu_s = 0;
    std::uint64_t rss_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_fds = 0;
    std::uint64_t max_fds = 0;
};

/// From /proc; what cannot be read is 0.
[[nodiscard]] own_figures read_own_figures();

} // namespace daskd::http
