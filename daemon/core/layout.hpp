#pragma once

#include "daemon/config/settings.hpp"

#include <cstdint>
#include <optional>

namespace daskd::core {

/// What a host offers to workers.
struct host_resources {
    int cores = 1;                  ///< affinity and cgroup quota respected
    std::uint64_t memory_bytes = 0; ///< RAM, or a cgroup's limit below it

    bool operator==(host_resources const&) const = default;
};

/// How many workers, and what each gets.
struct layout {
    int workers = 0;
    int threads = 1;
    std::optional<std::uint64_t> memory_limit_bytes; ///< a worker's; empty: no limit

    bool operator==(layout const&) const = default;
};

/// Dask's LocalCluster rule. With neither given: up to 4 cores one process a core, else as many processes as
/// the smallest divisor of the core count that is at least its square root. With one given, the other follows
/// from the cores.
[[nodiscard]] layout local_cluster_layout(host_resources host, std::optional<int> workers,
                                          std::optional<int> threads, config::memory_setting memory);

} // namespace daskd::core
