#include "daemon/process/host_facts.hpp"

#include "common/read_file.hpp"

#include <climits>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace daskd::process {
namespace {

namespace fs = std::filesystem;
fs::path const cgroup_root = "/sys/fs/cgroup";

/// The number that `text` begins with, after spaces; nullopt for "max" and the like.
std::optional<std::int64_t> leading_number(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
    std::int64_t value = 0;
    auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc()) return std::nullopt;
    return value;
}

std::optional<int> quota_cores(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
    if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
    return static_cast<int>(std::min<std::int64_t>((*quota + *period - 1) / *period, INT_MAX));
}

std::optional<int> v1_cores(cpu_facts const& facts) {
    if (!facts.v1_quota || !facts.v1_period) return std::nullopt;
    return quota_cores(leading_number(*facts.v1_quota), leading_number(*facts.v1_period));
}

/// cpu.max is "QUOTA PERIOD", where QUOTA may be "max".
std::optional<int> v2_cores(cpu_facts const& facts) {
    if (!facts.v2_max) return std::nullopt;
    auto const space = facts.v2_max->find(' ');
    if (space == std::string::npos) return std::nullopt;
    return quota_cores(leading_number(*facts.v2_max), leading_number(facts.v2_max->substr(space + 1)));
}

cpu_facts read_cpu_facts() {
    cpu_facts facts;
    facts.online = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) == 0) facts.affinity = CPU_COUNT(&set);
    // Distributions differ in the order of the two names; Dask tries both and takes the first that is there.
    for (auto const* name : {"cpuacct,cpu", "cpu,cpuacct"}) {
        facts.v1_quota = read_file(cgroup_root / name / "cpu.cfs_quota_us");
        facts.v1_period = read_file(cgroup_root / name / "cpu.cfs_period_us");
        if (facts.v1_quota && facts.v1_period) break;
    }
    facts.v2_max = read_file(cgroup_root / "cpu.max");
    return facts;
}

memory_facts read_memory_facts() {
    memory_facts facts;
    facts.meminfo = read_file("/proc/meminfo").value_or("");
    for (auto const* name :
         {"memory/memory.limit_in_bytes", "memory/memory.soft_limit_in_bytes", "memory.max", "memory.high"})
        facts.cgroup_limits.push_back(read_file(cgroup_root / name));
    rlimit limit{};
    if (::getrlimit(RLIMIT_RSS, &limit) == 0 && limit.rlim_max != RLIM_INFINITY)
        facts.rss_limit_bytes = limit.rlim_max;
    return facts;
}

} // namespace

int count_cores(cpu_facts const& facts) {
    int count = std::max(1, facts.online);
    if (facts.affinity > 0) count = std::min(count, facts.affinity);
    if (auto cores = v1_cores(facts)) count = std::min(count, *cores);
    if (auto cores = v2_cores(facts)) count = std::min(count, *cores);
    return count;
}

std::uint64_t count_memory(memory_facts const& facts) {
    std::uint64_t bytes = UINT64_MAX;
    auto const lower_to = [&](std::int64_t limit) {
        if (limit > 0) bytes = std::min(bytes, static_cast<std::uint64_t>(limit));
    };
    constexpr std::string_view label = "MemTotal:";
    if (auto const at = facts.meminfo.find(label); at != std::string::npos)
        if (auto kib = leading_number(facts.meminfo.substr(at + label.size()))) lower_to(*kib * 1024);
    for (auto const& text : facts.cgroup_limits)
        if (auto limit = text ? leading_number(*text) : std::nullopt) lower_to(*limit);
    if (facts.rss_limit_bytes.value_or(0) > 0) bytes = std::min(bytes, *facts.rss_limit_bytes);
    return bytes == UINT64_MAX ? 0 : bytes;
}

host_facts read_host_facts() {
    return {count_cores(read_cpu_facts()), count_memory(read_memory_facts())};
}

} // namespace daskd::process
