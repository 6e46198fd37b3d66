#include "daemon/core/memory_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;

struct guard_case {
    char const* name;
    std::optional<std::uint64_t> limit;
    std::optional<double> pool;
    char const* memory; ///< Dask's distributed.worker.memory
    std::optional<memory_guard> guard;
};

class guards : public testing::TestWithParam<guard_case> {};

TEST_P(guards, follow_the_pool_then_dask) {
    auto const& c = GetParam();
    json const dask = {{"distributed", {{"worker", {{"memory", json::parse(c.memory)}}}}}};
    EXPECT_EQ(make_memory_guard(c.limit, c.pool, dask), c.guard);
}

INSTANTIATE_TEST_SUITE_P(
    table, guards,
    testing::Values(
        guard_case{"dask_s_default", 1000, {}, "{}", memory_guard{1000, 950, 100ms}},
        guard_case{"dask_is_configured", 1000, {}, R"({"terminate": 0.8})", memory_guard{1000, 800, 100ms}},
        guard_case{"the_pool_wins", 1000, 0.5, R"({"terminate": 0.8})", memory_guard{1000, 500, 100ms}},
        guard_case{"the_pool_wins_over_off", 1000, 0.5, R"({"terminate": false})",
                   memory_guard{1000, 500, 100ms}},
        guard_case{"off_in_dask", 1000, {}, R"({"terminate": false})", {}},
        guard_case{"off_in_the_pool", 1000, 0, R"({"terminate": 0.8})", {}},
        guard_case{"no_limit", {}, 0.5, "{}", {}},
        guard_case{"interval", 1000, {}, R"({"monitor-interval": "1s"})", memory_guard{1000, 950, 1s}},
        guard_case{"interval_with_underscore",
                   1000,
                   {},
                   R"({"monitor_interval": 0.2})",
                   memory_guard{1000, 950, 200ms}},
        guard_case{"senseless_interval",
                   1000,
                   {},
                   R"({"monitor-interval": "soon"})",
                   memory_guard{1000, 950, 100ms}},
        guard_case{"something_else", 1000, {}, "7", memory_guard{1000, 950, 100ms}}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(memory_guard, needs_no_configuration) {
    EXPECT_EQ(make_memory_guard(1000, {}, json::object()), (memory_guard{1000, 950, 100ms}));
    EXPECT_EQ(make_memory_guard(1000, {}, json()), (memory_guard{1000, 950, 100ms}));
}

} // namespace
} // namespace daskd::core
