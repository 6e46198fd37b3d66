#include "daemon/core/nanny_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using testing::Contains;
using testing::Pair;

json nanny(json const& section) {
    return {{"distributed", {{"nanny", section}}}};
}

TEST(agent_environment, has_dasks_defaults_without_any_configuration) {
    EXPECT_EQ(agent_environment({}, {}, {}), (environment{{"MALLOC_TRIM_THRESHOLD_", "65536"},
                                                          {"OMP_NUM_THREADS", "1"},
                                                          {"MKL_NUM_THREADS", "1"},
                                                          {"OPENBLAS_NUM_THREADS", "1"},
                                                          {"PYTHONHASHSEED", "6640"}}));
}

struct environment_case {
    char const* name;
    json dask;
    environment user;
    environment pool;
    char const* value; ///< of OMP_NUM_THREADS
};

class agent_environments : public testing::TestWithParam<environment_case> {};

TEST_P(agent_environments, keep_the_nannys_order) {
    auto const& c = GetParam();
    EXPECT_THAT(agent_environment(c.dask, c.user, c.pool), Contains(Pair("OMP_NUM_THREADS", c.value)));
}

INSTANTIATE_TEST_SUITE_P(
    table, agent_environments,
    testing::Values(environment_case{"pre_spawn_wins_over_the_default",
                                     nanny({{"pre-spawn-environ", {{"OMP_NUM_THREADS", 2}}}}),
                                     {},
                                     {},
                                     "2"},
                    environment_case{"environ_wins_over_pre_spawn",
                                     nanny({{"pre-spawn-environ", {{"OMP_NUM_THREADS", 2}}},
                                            {"environ", {{"OMP_NUM_THREADS", "3"}}}}),
                                     {},
                                     {},
                                     "3"},
                    environment_case{"the_user_wins_over_dask",
                                     nanny({{"pre-spawn-environ", {{"OMP_NUM_THREADS", 2}}}}),
                                     {{"OMP_NUM_THREADS", "4"}},
                                     {},
                                     "4"},
                    environment_case{"the_pool_wins_over_all",
                                     nanny({{"environ", {{"OMP_NUM_THREADS", 2}}}}),
                                     {{"OMP_NUM_THREADS", "4"}},
                                     {{"OMP_NUM_THREADS", "5"}},
                                     "5"},
                    environment_case{
                        "what_is_no_map_is_ignored", nanny({{"environ", nullptr}}), {}, {}, "1"}),
    [](auto const& one) { return std::string(one.param.name); });

struct seed_case {
    char const* name;
    json dask;
    environment user;
    environment pool;
    char const* seed;
};

class hash_seeds : public testing::TestWithParam<seed_case> {};

TEST_P(hash_seeds, are_the_same_for_all_workers) {
    auto const& c = GetParam();
    EXPECT_THAT(agent_environment(c.dask, c.user, c.pool), Contains(Pair("PYTHONHASHSEED", c.seed)));
}

INSTANTIATE_TEST_SUITE_P(
    table, hash_seeds,
    testing::Values(seed_case{"unset", {}, {}, {}, "6640"},
                    seed_case{"zero_would_be_no_seed", {}, {{"PYTHONHASHSEED", "0"}}, {}, "6640"},
                    seed_case{"the_users", {}, {{"PYTHONHASHSEED", "7"}}, {}, "7"},
                    seed_case{"random_is_a_choice", {}, {{"PYTHONHASHSEED", "random"}}, {}, "random"},
                    seed_case{"configured", nanny({{"environ", {{"PYTHONHASHSEED", 8}}}}), {}, {}, "8"},
                    seed_case{"the_pools", {}, {{"PYTHONHASHSEED", "7"}}, {{"PYTHONHASHSEED", "9"}}, "9"}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(agent_environment, leaves_alone_what_is_configured_as_null) {
    auto const dask = nanny({{"pre-spawn-environ", {{"OMP_NUM_THREADS", nullptr}}}});
    EXPECT_FALSE(agent_environment(dask, {}, {}).contains("OMP_NUM_THREADS"));
    EXPECT_THAT(agent_environment(dask, {{"OMP_NUM_THREADS", "4"}}, {}),
                Contains(Pair("OMP_NUM_THREADS", "4")));
}

TEST(nanny_variables, are_those_of_the_defaults_and_the_configuration) {
    EXPECT_THAT(
        nanny_variables(nanny({{"environ", {{"MINE", 1}}}, {"pre-spawn-environ", {{"YOURS", nullptr}}}})),
        testing::UnorderedElementsAre("PYTHONHASHSEED", "MALLOC_TRIM_THRESHOLD_", "OMP_NUM_THREADS",
                                      "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MINE", "YOURS"));
}

TEST(agent_environment, writes_values_as_the_shell_would) {
    auto const env = agent_environment(nanny({{"environ", {{"A", 1.5}, {"B", true}, {"C", "x y"}}}}), {}, {});
    EXPECT_THAT(env, Contains(Pair("A", "1.5")));
    EXPECT_THAT(env, Contains(Pair("B", "true")));
    EXPECT_THAT(env, Contains(Pair("C", "x y")));
}

} // namespace
} // namespace daskd::core
