#include "daemon/core/adapt_policy.hpp"

#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;

json dask(json adaptive) {
    return {{"distributed", {{"adaptive", std::move(adaptive)}}}};
}

struct resolve_case {
    char const* name;
    config::adapt_settings settings;
    json dask;
    adapt_policy policy;
};

class resolved : public testing::TestWithParam<resolve_case> {};

TEST_P(resolved, from_the_pool_then_dask_then_defaults) {
    EXPECT_EQ(resolve(GetParam().settings, GetParam().dask, 8), GetParam().policy);
}

INSTANTIATE_TEST_SUITE_P(
    table, resolved,
    testing::Values(
        resolve_case{"nothing_said", {}, {}, {0, 8, 1s, 3, 5s}},
        resolve_case{"all_said",
                     {1, 4, 2s, 5, 30s},
                     dask({{"minimum", 9}, {"maximum", 99}, {"interval", "9s"}}),
                     {1, 4, 2s, 5, 30s}},
        resolve_case{"all_by_dask",
                     {},
                     dask({{"minimum", 2},
                           {"maximum", 20},
                           {"interval", "500 ms"},
                           {"wait-count", 4},
                           {"target-duration", 7}}),
                     {2, 20, 500ms, 4, 7s}},
        resolve_case{"underscores", {}, dask({{"wait_count", 4}}), {0, 8, 1s, 4, 5s}},
        resolve_case{"infinity_is_the_hosts_cores", {}, dask({{"maximum", ".inf"}}), {0, 8, 1s, 3, 5s}},
        resolve_case{"the_minimum_wins", {9, {}, {}, {}, {}}, dask({{"maximum", 3}}), {9, 9, 1s, 3, 5s}},
        resolve_case{"nonsense_is_left_out",
                     {},
                     dask({{"minimum", "x"}, {"interval", "soon"}, {"wait-count", 0}}),
                     {0, 8, 1s, 1, 5s}},
        resolve_case{"no_maps", {}, {{"distributed", 5}}, {0, 8, 1s, 3, 5s}}),
    [](auto const& one) { return std::string(one.param.name); });

} // namespace
} // namespace daskd::core
