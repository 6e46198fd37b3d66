#include "daemon/core/adaptive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace daskd::core {
namespace {

using testing::ElementsAre;
using names = std::vector<std::string>;

adapt_policy adapts(int minimum, int maximum) {
    adapt_policy p;
    p.minimum = minimum;
    p.maximum = maximum;
    return p;
}

struct share_case {
    char const* name;
    int demand;
    int fixed;
    std::vector<adapt_policy> pools;
    std::vector<int> shares;
};

class shares : public testing::TestWithParam<share_case> {};

TEST_P(shares, go_to_the_pools_in_their_order) {
    EXPECT_EQ(share_demand(GetParam().demand, GetParam().fixed, GetParam().pools), GetParam().shares);
}

INSTANTIATE_TEST_SUITE_P(
    table, shares,
    testing::Values(share_case{"nothing_to_do", 0, 0, {adapts(0, 5)}, {0}},
                    share_case{"one_pool", 3, 0, {adapts(0, 5)}, {3}},
                    share_case{"not_beyond_the_maximum", 30, 0, {adapts(0, 5)}, {5}},
                    share_case{"not_below_the_minimum", 0, 0, {adapts(2, 5)}, {2}},
                    share_case{"fixed_workers_count", 3, 2, {adapts(0, 5)}, {1}},
                    share_case{"fixed_workers_suffice", 3, 8, {adapts(0, 5)}, {0}},
                    share_case{"the_first_is_filled_first", 7, 0, {adapts(0, 5), adapts(0, 5)}, {5, 2}},
                    share_case{"minimums_count_before", 5, 0, {adapts(0, 5), adapts(2, 5)}, {3, 2}},
                    share_case{"minimums_beyond_the_demand", 1, 0, {adapts(2, 5), adapts(2, 5)}, {2, 2}},
                    share_case{"more_than_all_may", 99, 1, {adapts(1, 2), adapts(0, 3)}, {2, 3}},
                    share_case{"no_pool", 9, 0, {}, {}}),
    [](auto const& one) { return std::string(one.param.name); });

struct look_case {
    char const* name;
    adapt_policy policy;
    adaptive_look seen;
    int looks; ///< the same sight so often
    adaptive_step last;
};

class looks : public testing::TestWithParam<look_case> {};

TEST_P(looks, lead_to_a_step) {
    adaptation memory;
    for (int n = 1; n < GetParam().looks; ++n)
        EXPECT_EQ(memory.look(GetParam().policy, GetParam().seen), adaptive_step{}) << "look " << n;
    EXPECT_EQ(memory.look(GetParam().policy, GetParam().seen), GetParam().last);
}

INSTANTIATE_TEST_SUITE_P(
    table, looks,
    testing::Values(
        look_case{"enough", adapts(0, 5), {2, {}, {"a", "b"}, {"a"}, {"b"}}, 9, {}},
        look_case{"up_at_once", adapts(0, 5), {3, {}, {"a"}, {}, {"a"}}, 1, {2, {}}},
        look_case{"from_nothing", adapts(0, 5), {1, {}, {}, {}, {}}, 1, {1, {}}},
        look_case{"those_on_their_way_count", adapts(0, 5), {3, {"b", "c"}, {"a"}, {}, {"a"}}, 9, {}},
        look_case{"down_after_three", adapts(0, 5), {1, {}, {"a", "b"}, {"b"}, {"a"}}, 3, {0, {"b"}}},
        look_case{"the_schedulers_order",
                  adapts(0, 5),
                  {1, {}, {"a", "b", "c"}, {"c", "a", "b"}, {}},
                  3,
                  {0, {"c", "a"}}},
        look_case{"first_who_has_not_arrived",
                  adapts(0, 5),
                  {1, {"c"}, {"a", "b"}, {"b"}, {"a"}},
                  3,
                  {0, {"c", "b"}}},
        look_case{"nobody_who_works", adapts(0, 5), {0, {}, {"a", "b"}, {}, {"a", "b"}}, 9, {}},
        look_case{"but_above_the_maximum", adapts(0, 1), {1, {}, {"a", "b"}, {}, {"b", "a"}}, 3, {0, {"b"}}},
        look_case{"not_of_other_pools", adapts(0, 5), {0, {}, {"a"}, {"x", "y", "a"}, {}}, 3, {0, {"a"}}}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(adaptation, counts_only_looks_in_a_row) {
    adaptation memory;
    adaptive_look const idle{0, {}, {"a"}, {"a"}, {}};
    adaptive_look const busy{1, {}, {"a"}, {}, {"a"}};
    for (int n = 0; n < 5; ++n) {
        EXPECT_EQ(memory.look(adapts(0, 5), idle), adaptive_step{});
        EXPECT_EQ(memory.look(adapts(0, 5), idle), adaptive_step{});
        EXPECT_EQ(memory.look(adapts(0, 5), busy), adaptive_step{});
    }
}

TEST(adaptation, counts_each_worker_for_itself) {
    adaptation memory;
    adaptive_look seen{1, {}, {"a", "b"}, {"a"}, {"b"}};
    EXPECT_EQ(memory.look(adapts(0, 5), seen), adaptive_step{});
    EXPECT_EQ(memory.look(adapts(0, 5), seen), adaptive_step{});
    std::swap(seen.idle, seen.busy);
    EXPECT_EQ(memory.look(adapts(0, 5), seen), adaptive_step{}) << "b is suggested for the first time";
}

TEST(adaptation, counts_a_worker_anew_that_was_restarted) {
    adaptation memory;
    adaptive_look seen{0, {}, {"a"}, {"a"}, {}, {{"a", 1}}};
    EXPECT_EQ(memory.look(adapts(0, 5), seen), adaptive_step{});
    EXPECT_EQ(memory.look(adapts(0, 5), seen), adaptive_step{});
    seen.incarnations["a"] = 2;
    EXPECT_EQ(memory.look(adapts(0, 5), seen), adaptive_step{});
    EXPECT_EQ(memory.look(adapts(0, 5), seen), adaptive_step{});
    EXPECT_EQ(memory.look(adapts(0, 5), seen), (adaptive_step{0, {"a"}}));
}

/// A cluster of one pool under a load that changes: each second one look. A worker takes a second to arrive;
/// the scheduler wants as many as there is work for, and has the first of them work.
struct simulation {
    adapt_policy policy = adapts(0, 8);
    adaptation memory;
    names arriving = {};
    names arrived = {};
    int next_name = 0;
    int started = 0;
    int retired = 0;

    void second(int load) {
        arrived.insert(arrived.end(), arriving.begin(), arriving.end());
        arriving.clear();
        auto const busy = std::min(static_cast<std::ptrdiff_t>(load), std::ssize(arrived));
        adaptive_look seen{std::clamp(load, policy.minimum, policy.maximum), arriving, arrived,
                           names(arrived.begin() + busy, arrived.end()),
                           names(arrived.begin(), arrived.begin() + busy)};
        auto const step = memory.look(policy, seen);
        for (int n = 0; n < step.start; ++n)
            arriving.push_back(std::to_string(next_name++));
        started += step.start;
        retired += static_cast<int>(step.retire.size());
        for (auto const& name : step.retire)
            std::erase(arrived, name);
    }
};

struct wave_case {
    char const* name;
    int high_s;
    int low_s;
    int started;
    int retired;
};

class square_wave : public testing::TestWithParam<wave_case> {};

TEST_P(square_wave, does_not_make_a_pool_bounce) {
    simulation s;
    for (int period = 0; period < 10; ++period) {
        for (int t = 0; t < GetParam().high_s; ++t)
            s.second(8);
        for (int t = 0; t < GetParam().low_s; ++t)
            s.second(0);
    }
    EXPECT_EQ(s.started, GetParam().started);
    EXPECT_EQ(s.retired, GetParam().retired);
}

INSTANTIATE_TEST_SUITE_P(table, square_wave,
                         testing::Values(wave_case{"faster_than_wait_count", 1, 1, 8, 0},
                                         wave_case{"pauses_just_too_short", 5, 2, 8, 0},
                                         wave_case{"one_change_each_edge", 10, 10, 80, 80}),
                         [](auto const& one) { return std::string(one.param.name); });

} // namespace
} // namespace daskd::core
