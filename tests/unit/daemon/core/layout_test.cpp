#include "daemon/core/layout.hpp"
#include "tests/unit/daemon/core/plans.hpp"

#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using kind = config::memory_setting::kind;
struct layout_case {
    char const* name;
    int cores;
    std::optional<int> workers;
    std::optional<int> threads;
    int expected_workers;
    int expected_threads;
};

class layouts : public testing::TestWithParam<layout_case> {};

TEST_P(layouts, follow_dasks_local_cluster) {
    auto const& c = GetParam();
    auto const l = local_cluster_layout({c.cores, 16 * test::gib}, c.workers, c.threads, {});
    EXPECT_EQ(l.workers, c.expected_workers);
    EXPECT_EQ(l.threads, c.expected_threads);
}

INSTANTIATE_TEST_SUITE_P(
    table, layouts,
    testing::Values(
        layout_case{"one_core", 1, {}, {}, 1, 1}, layout_case{"four_cores", 4, {}, {}, 4, 1},
        layout_case{"five_cores", 5, {}, {}, 5, 1}, layout_case{"six_cores", 6, {}, {}, 3, 2},
        layout_case{"eight_cores", 8, {}, {}, 4, 2}, layout_case{"twelve_cores", 12, {}, {}, 4, 3},
        layout_case{"sixteen_cores", 16, {}, {}, 4, 4}, layout_case{"prime", 13, {}, {}, 13, 1},
        layout_case{"unknown_cores", 0, {}, {}, 1, 1}, layout_case{"workers_given", 8, 2, {}, 2, 4},
        layout_case{"workers_that_do_not_divide", 8, 3, {}, 3, 3},
        layout_case{"more_workers_than_cores", 2, 8, {}, 8, 1}, layout_case{"no_workers", 8, 0, {}, 0, 1},
        layout_case{"threads_given", 8, {}, 4, 2, 4}, layout_case{"more_threads_than_cores", 2, {}, 4, 1, 4},
        layout_case{"both_given", 8, 3, 5, 3, 5}),
    [](auto const& one) { return std::string(one.param.name); });

struct memory_case {
    char const* name;
    config::memory_setting setting;
    std::optional<std::uint64_t> limit;
};

class memory_limits : public testing::TestWithParam<memory_case> {};

TEST_P(memory_limits, are_a_workers) {
    EXPECT_EQ(local_cluster_layout({4, 8 * test::gib}, 2, 1, GetParam().setting).memory_limit_bytes,
              GetParam().limit);
}

INSTANTIATE_TEST_SUITE_P(table, memory_limits,
                         testing::Values(memory_case{"automatic", {}, 4 * test::gib},
                                         memory_case{"none", {kind::none, 0, 0}, std::nullopt},
                                         memory_case{"bytes", {kind::bytes, 3 * test::gib, 0}, 3 * test::gib},
                                         memory_case{"fraction", {kind::fraction, 0, 0.25}, 2 * test::gib}),
                         [](auto const& one) { return std::string(one.param.name); });

TEST(layout, without_workers_divides_by_nothing) {
    EXPECT_EQ(local_cluster_layout({4, 8 * test::gib}, 0, {}, {}).memory_limit_bytes, 8 * test::gib);
}

} // namespace
} // namespace daskd::core
