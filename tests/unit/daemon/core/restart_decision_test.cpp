#include "daemon/core/restart_decision.hpp"

#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using policy = config::restart_policy;

struct end_case {
    char const* name;
    ending why;
    next_step always;
    next_step on_failure;
    next_step never;
};

class ends : public testing::TestWithParam<end_case> {};

TEST_P(ends, lead_to_what_the_pool_wants) {
    EXPECT_EQ(after_end(GetParam().why, policy::always), GetParam().always);
    EXPECT_EQ(after_end(GetParam().why, policy::on_failure), GetParam().on_failure);
    EXPECT_EQ(after_end(GetParam().why, policy::never), GetParam().never);
}

using enum next_step;
INSTANTIATE_TEST_SUITE_P(
    table, ends,
    testing::Values(end_case{"nobody_asked", ending::none, later, later, give_up},
                    end_case{"start_timeout", ending::start_timeout, later, later, give_up},
                    end_case{"its_owner", ending::requested, at_once, at_once, at_once},
                    end_case{"client_restart", ending::client_restart, at_once, at_once, at_once},
                    end_case{"scheduler_lost", ending::scheduler_lost, at_once, at_once, at_once},
                    end_case{"retired", ending::retired, at_once, stay_away, stay_away}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(is_worth_telling, each_end_at_first_then_each_doubling) {
    for (int attempt : {0, 1, 2, 3, 4, 5, 8, 16, 1024})
        EXPECT_TRUE(is_worth_telling(attempt)) << attempt;
    for (int attempt : {6, 7, 9, 15, 1000})
        EXPECT_FALSE(is_worth_telling(attempt)) << attempt;
}

} // namespace
} // namespace daskd::core
