#include "daemon/core/rolling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::core {
namespace {

/// A pool in letters: r runs, o runs and is outdated, s is outdated and on its way, - does not run.
std::vector<rolling_worker> pool(std::string const& letters, std::string const& name = "p") {
    std::vector<rolling_worker> workers;
    for (char const c : letters)
        workers.push_back(
            {name + std::to_string(workers.size()), name, c == 'r' || c == 'o', c == 'o' || c == 's'});
    return workers;
}

struct rolling_case {
    char const* name;
    char const* pool;
    std::vector<std::string> next;
};

class rolling : public testing::TestWithParam<rolling_case> {};

TEST_P(rolling, goes_on_within_its_bound) {
    EXPECT_EQ(next_to_renew(pool(GetParam().pool)), GetParam().next);
}

INSTANTIATE_TEST_SUITE_P(table, rolling,
                         testing::Values(rolling_case{"nothing_to_do", "rrrr", {}},
                                         rolling_case{"one_of_one", "o", {"p0"}},
                                         rolling_case{"one_of_four", "oooo", {"p0"}},
                                         rolling_case{"one_of_seven", "ooooooo", {"p0"}},
                                         rolling_case{"two_of_eight", "oooooooo", {"p0", "p1"}},
                                         rolling_case{"waits_for_the_former", "-ooo", {}},
                                         rolling_case{"next_when_it_runs", "rooo", {"p1"}},
                                         rolling_case{"one_is_away_of_two", "-ooooooo", {"p1"}},
                                         rolling_case{"not_running_anyway_costs_nothing", "so", {"p0"}},
                                         rolling_case{"all_on_their_way", "ssss", {"p0", "p1", "p2", "p3"}},
                                         rolling_case{"too_many_missing", "--rrrooo", {}}),
                         [](auto const& one) { return std::string(one.param.name); });

TEST(next_to_renew, pools_do_not_wait_for_each_other) {
    auto workers = pool("-o", "a");
    auto const others = pool("oo", "b");
    workers.insert(workers.end(), others.begin(), others.end());
    EXPECT_EQ(next_to_renew(workers), (std::vector<std::string>{"b0"}));
}

TEST(most_away, is_a_quarter_and_at_least_one) {
    EXPECT_EQ(most_away(1), 1);
    EXPECT_EQ(most_away(7), 1);
    EXPECT_EQ(most_away(8), 2);
    EXPECT_EQ(most_away(100), 25);
}

} // namespace
} // namespace daskd::core
