#include "daemon/process/descriptors.hpp"

#include <algorithm>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

namespace daskd::process {
namespace {

/// A small limit must leave room for clients too.
constexpr rlim_t most_kept = 32;
constexpr rlim_t kept_share = 4; // one part in so many

rlimit present_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit;
}

std::optional<rlimit>& inherited() {
    static std::optional<rlimit> limit;
    return limit;
}

} // namespace

void allow_descriptors() {
    auto limit = present_limit();
    inherited() = limit;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

rlimit inherited_descriptor_limit() {
    return inherited().value_or(present_limit());
}

bool has_spare_descriptors() {
    auto const limit = present_limit().rlim_cur;
    auto const kept = std::min(most_kept, limit / kept_share);
    // The kernel gives the lowest number that is free.
    int const next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (next < 0) return false;
    ::close(next);
    return static_cast<rlim_t>(next) < limit - kept;
}

} // namespace daskd::process
