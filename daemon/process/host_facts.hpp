#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daskd::process {

/// What this host offers, counted as Dask's LocalCluster counts it.
struct host_facts {
    int cores = 1;
    std::uint64_t memory_bytes = 0;
};

[[nodiscard]] host_facts read_host_facts();

/// What the kernel says about processors. Texts are files' contents; nullopt: no such file.
struct cpu_facts {
    int online = 1;
    int affinity = 0;                     ///< processors that we may run on; 0: unknown
    std::optional<std::string> v1_quota;  ///< cpu.cfs_quota_us
    std::optional<std::string> v1_period; ///< cpu.cfs_period_us
    std::optional<std::string> v2_max;    ///< cpu.max
};

/// dask.system.cpu_count: the least of these; a fraction of a processor counts as one.
[[nodiscard]] int count_cores(cpu_facts const& facts);

struct memory_facts {
    std::string meminfo;                                   ///< /proc/meminfo
    std::vector<std::optional<std::string>> cgroup_limits; ///< each limit file, "max" or bytes
    std::optional<std::uint64_t> rss_limit_bytes;          ///< hard RLIMIT_RSS; nullopt: none
};

/// distributed.system.memory_limit: the least of these that is set.
[[nodiscard]] std::uint64_t count_memory(memory_facts const& facts);

} // namespace daskd::process
