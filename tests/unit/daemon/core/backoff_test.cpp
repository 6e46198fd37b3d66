#include "daemon/core/backoff.hpp"

#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;

struct delay_case {
    char const* name;
    int attempt;
    double jitter;
    milliseconds delay;
};

class restart_delays : public testing::TestWithParam<delay_case> {};

TEST_P(restart_delays, follow_the_table) {
    config::backoff_settings const settings{100ms, 30s, 10s};
    EXPECT_EQ(restart_delay(GetParam().attempt, settings, GetParam().jitter), GetParam().delay);
}

INSTANTIATE_TEST_SUITE_P(
    table, restart_delays,
    testing::Values(delay_case{"first_is_immediate", 0, 0.5, 0ms}, delay_case{"negative", -1, 0.5, 0ms},
                    delay_case{"second_is_initial", 1, 0.5, 100ms}, delay_case{"doubles", 2, 0.5, 200ms},
                    delay_case{"doubles_again", 5, 0.5, 1600ms}, delay_case{"least_jitter", 2, 0, 150ms},
                    delay_case{"most_jitter", 2, 0.999999, 249ms}, delay_case{"limit", 10, 0.5, 30s},
                    delay_case{"jitter_stays_below_the_limit", 10, 0.999, 30s},
                    delay_case{"jitter_at_the_limit_spreads", 9, 0, 19200ms},
                    delay_case{"very_many", 1'000'000, 0.5, 30s}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(restart_delay, of_nothing_stays_nothing) {
    EXPECT_EQ(restart_delay(7, {0ms, 30s, 10s}, 0.5), 0ms);
}

TEST(restart_history, allows_count_within_the_time) {
    restart_history history;
    config::restart_budget const budget{2, 10s};
    time_point const t{1h};
    EXPECT_TRUE(history.allows(budget, t));
    EXPECT_TRUE(history.allows(budget, t + 5s));
    EXPECT_FALSE(history.allows(budget, t + 9s)) << "the third";
    EXPECT_TRUE(history.allows(budget, t + 11s))
        << "the first is out of the window; a refused one never counted";
    EXPECT_FALSE(history.allows(budget, t + 12s));
    history.clear();
    EXPECT_TRUE(history.allows(budget, t + 12s));
}

TEST(restart_history, without_a_budget_never_gives_up) {
    restart_history history;
    for (int n = 0; n < 1000; ++n)
        ASSERT_TRUE(history.allows(std::nullopt, time_point{}));
}

TEST(restart_history, a_budget_of_nothing_allows_nothing) {
    restart_history history;
    EXPECT_FALSE(history.allows(config::restart_budget{0, 10s}, time_point{}));
}

} // namespace
} // namespace daskd::core
