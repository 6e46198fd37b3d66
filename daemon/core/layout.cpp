#include "daemon/core/layout.hpp"

#include <algorithm>

namespace daskd::core {
namespace {

int smallest_divisor_from_root(int n) {
    for (int f = 1; f <= n; ++f)
        if (n % f == 0 && f * f >= n) return f;
    return n;
}

std::optional<std::uint64_t> memory_limit(host_resources host, int workers, config::memory_setting memory) {
    using kind = config::memory_setting::kind;
    switch (memory.is) {
    case kind::none: return std::nullopt;
    case kind::bytes: return memory.bytes;
    case kind::fraction:
        return static_cast<std::uint64_t>(static_cast<double>(host.memory_bytes) * memory.fraction);
    case kind::automatic: break;
    }
    return host.memory_bytes / static_cast<std::uint64_t>(std::max(1, workers));
}

} // namespace

layout local_cluster_layout(host_resources host, std::optional<int> workers, std::optional<int> threads,
                            config::memory_setting memory) {
    int const cores = std::max(1, host.cores);
    layout l;
    if (!workers && !threads) {
        l.workers = cores <= 4 ? cores : smallest_divisor_from_root(cores);
        l.threads = cores / l.workers;
    } else if (!workers) {
        l.threads = *threads;
        l.workers = std::max(1, cores / *threads);
    } else {
        l.workers = *workers;
        l.threads = threads.value_or(*workers == 0 ? 1 : std::max(1, (cores + *workers - 1) / *workers));
    }
    l.memory_limit_bytes = memory_limit(host, l.workers, memory);
    return l;
}

} // namespace daskd::core
