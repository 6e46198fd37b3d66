#include "daemon/core/lifetime.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;

json configured(json const& lifetime) {
    return {{"distributed", {{"worker", {{"lifetime", lifetime}}}}}};
}

struct lifetime_case {
    char const* name;
    std::optional<config::milliseconds> lifetime;
    std::optional<config::milliseconds> stagger;
    json dask;
    std::vector<std::string> args;
};

class lifetimes : public testing::TestWithParam<lifetime_case> {};

TEST_P(lifetimes, are_dasks_and_differ) {
    auto const& c = GetParam();
    config::pool_settings pool;
    pool.lifetime = c.lifetime;
    pool.lifetime_stagger = c.stagger;
    EXPECT_EQ(lifetime_args(pool, c.dask), c.args);
}

std::vector<std::string> args(std::string const& duration, std::string const& stagger) {
    return {"--lifetime", duration, "--lifetime-stagger", stagger};
}

INSTANTIATE_TEST_SUITE_P(
    table, lifetimes,
    testing::Values(
        lifetime_case{"none", {}, {}, {}, {}}, lifetime_case{"a_stagger_alone_is_nothing", {}, 1s, {}, {}},
        lifetime_case{"staggered_by_a_tenth", 1h, {}, {}, args("3600000ms", "360000ms")},
        lifetime_case{"as_the_pool_says", 1h, 5s, {}, args("3600000ms", "5000ms")},
        lifetime_case{"all_at_once_if_the_pool_says_so", 1h, 0ms, {}, args("3600000ms", "0ms")},
        lifetime_case{"as_dask_is_configured",
                      {},
                      {},
                      configured({{"duration", "1 hour"}, {"stagger", "5 minutes"}}),
                      args("1 hour", "5 minutes")},
        lifetime_case{
            "dasks_number_is_seconds", {}, {}, configured({{"duration", 90}}), args("90s", "9000ms")},
        lifetime_case{"the_pool_over_dask", 10s, 1s,
                      configured({{"duration", "1 hour"}, {"stagger", "5 minutes"}}),
                      args("10000ms", "1000ms")},
        lifetime_case{"dasks_stagger_for_the_pools_lifetime",
                      10s,
                      {},
                      configured({{"stagger", "2 s"}}),
                      args("10000ms", "2 s")},
        lifetime_case{"null_is_not_configured", {}, {}, configured({{"duration", nullptr}}), {}},
        lifetime_case{"what_only_dask_understands",
                      {},
                      {},
                      configured({{"duration", "1 fortnight"}}),
                      {"--lifetime", "1 fortnight"}}),
    [](auto const& one) { return std::string(one.param.name); });

} // namespace
} // namespace daskd::core
