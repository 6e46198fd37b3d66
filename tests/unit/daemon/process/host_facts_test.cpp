#include "daemon/process/host_facts.hpp"

#include <gtest/gtest.h>

#include <sched.h>

namespace daskd::process {
namespace {

struct core_case {
    char const* name;
    cpu_facts facts;
    int cores;
};

TEST(count_cores, takes_the_least_of_what_limits) {
    std::vector<core_case> const cases = {
        {"nothing known but the host", {8, 0, {}, {}, {}}, 8},
        {"affinity", {8, 3, {}, {}, {}}, 3},
        {"affinity wider than what is online", {4, 64, {}, {}, {}}, 4},
        {"v1 quota", {8, 8, "200000\n", "100000\n", {}}, 2},
        {"v1 quota, a fraction counts as one", {8, 8, "150000\n", "100000\n", {}}, 2},
        {"v1 less than one", {8, 8, "5000\n", "100000\n", {}}, 1},
        {"v1 without quota", {8, 8, "-1\n", "100000\n", {}}, 8},
        {"v1 quota without period", {8, 8, "200000\n", {}, {}}, 8},
        {"v2 without limit", {8, 8, {}, {}, "max 100000\n"}, 8},
        {"v2 limit", {8, 8, {}, {}, "250000 100000\n"}, 3},
        {"v2 above the host", {2, 2, {}, {}, "900000 100000\n"}, 2},
        {"v2 nonsense", {2, 2, {}, {}, "x"}, 2},
        {"period of zero", {2, 2, {}, {}, "1000 0\n"}, 2},
        {"no processor at all", {0, 0, {}, {}, {}}, 1},
    };
    for (auto const& c : cases)
        EXPECT_EQ(count_cores(c.facts), c.cores) << c.name;
}

struct memory_case {
    char const* name;
    memory_facts facts;
    std::uint64_t bytes;
};

TEST(count_memory, takes_the_least_that_is_set) {
    std::string const meminfo = "MemTotal:        1000 kB\nMemFree:         10 kB\n";
    std::vector<memory_case> const cases = {
        {"host", {meminfo, {}, {}}, 1024000},
        {"v2 without limit", {meminfo, {{}, "max\n"}, {}}, 1024000},
        {"v2 limit", {meminfo, {{}, "500000\n"}, {}}, 500000},
        {"soft limit below the hard one", {meminfo, {"500000\n", "400000\n"}, {}}, 400000},
        {"v1 'unlimited'", {meminfo, {"9223372036854771712\n"}, {}}, 1024000},
        {"zero is no limit", {meminfo, {"0\n"}, {}}, 1024000},
        {"rlimit", {meminfo, {}, 300000}, 300000},
        {"nothing known", {"", {}, {}}, 0},
    };
    for (auto const& c : cases)
        EXPECT_EQ(count_memory(c.facts), c.bytes) << c.name;
}

TEST(read_host_facts, finds_this_host) {
    cpu_set_t set;
    ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
    auto const facts = read_host_facts();
    EXPECT_GE(facts.cores, 1);
    EXPECT_LE(facts.cores, CPU_COUNT(&set));
    EXPECT_GT(facts.memory_bytes, std::uint64_t{64} << 20);
}

} // namespace
} // namespace daskd::process
