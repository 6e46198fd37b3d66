#include "daemon/core/dask_setting.hpp"

#include <gtest/gtest.h>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;

TEST(find_setting, takes_hyphen_and_underscore_for_one) {
    auto const dask = json::parse(R"({"distributed": {"nanny": {"pre_spawn_environ": {"A": "1"}},
        "worker": {"memory": {"monitor-interval": "50ms", "terminate": null}}}})");
    EXPECT_EQ(find_setting(dask, "distributed.nanny.pre-spawn-environ")->dump(), R"({"A":"1"})");
    EXPECT_EQ(*find_setting(dask, "distributed.worker.memory.monitor_interval"), "50ms");
    EXPECT_EQ(find_setting(dask, "distributed.worker.memory.terminate"), nullptr) << "null is not set";
    EXPECT_EQ(find_setting(dask, "distributed.worker.memory.monitor-interval.more"), nullptr);
    EXPECT_EQ(find_setting(dask, "distributed.scheduler"), nullptr);
    EXPECT_EQ(find_setting(json(), "distributed"), nullptr);
}

TEST(find_duration, is_as_dask_reads_it) {
    struct {
        char const* value;
        std::optional<milliseconds> read;
    } const rows[] = {{R"("5s")", 5s},   {R"("100ms")", 100ms}, {"2", 2s},   {"0.5", 500ms},
                      {R"("soon")", {}}, {"true", {}},          {"null", {}}};
    for (auto const& row : rows)
        EXPECT_EQ(find_duration({{"a", json::parse(row.value)}}, "a"), row.read) << row.value;
}

TEST(set_setting, replaces_every_spelling) {
    json dask{
        {"distributed", {{"comm", {{"retry_delay", 1}, {"timeouts", {{"connect", "5s"}, {"tcp", "9s"}}}}}}}};
    set_setting(dask, "distributed.comm.timeouts.tcp", "120s");
    set_setting(dask, "distributed.comm.retry-delay", 2);
    EXPECT_EQ(dask,
              (json{{"distributed",
                     {{"comm", {{"retry-delay", 2}, {"timeouts", {{"connect", "5s"}, {"tcp", "120s"}}}}}}}}));
    json none;
    set_setting(none, "a.b", true);
    EXPECT_EQ(none, (json{{"a", {{"b", true}}}}));
}

} // namespace
} // namespace daskd::core
