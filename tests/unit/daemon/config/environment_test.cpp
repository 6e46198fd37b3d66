#include "daemon/config/environment.hpp"

#include <gtest/gtest.h>

namespace daskd::config {
namespace {

TEST(read_environment, nests_at_double_underscores_and_lowers_case) {
    auto const map = read_environment({{"DASK_DISTRIBUTED__WORKER__MEMORY__TARGET", "0.5"},
                                       {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL", "5 minutes"}});
    EXPECT_EQ(to_json(map), json::parse(R"({"distributed": {"worker": {"memory": {"target": 0.5}},
                                                            "scheduler": {"worker_ttl": "5 minutes"}}})"));
}

TEST(read_environment, leaves_out_what_is_no_setting) {
    auto const map = read_environment({{"DASK_CONFIG", "/x"},
                                       {"DASK_ROOT_CONFIG", "/y"},
                                       {"DASK_INTERNAL_INHERIT_CONFIG", "e30="},
                                       {"DASKD_CLUSTER", "z"},
                                       {"DASK_", "1"},
                                       {"PATH", "/bin"}});
    EXPECT_TRUE(map.members.empty());
}

TEST(read_environment, takes_what_is_no_literal_as_yaml_only_below_daskd) {
    auto const map = read_environment({{"DASK_DASKD__SCHEDULER__DASHBOARD", "false"}, {"DASK_FOO", "false"}});
    EXPECT_EQ(to_json(map), json::parse(R"({"daskd": {"scheduler": {"dashboard": false}}, "foo": "false"})"));
}

TEST(read_environment, names_the_variable_as_the_origin) {
    auto const map = read_environment({{"DASK_FOO", "1"}});
    EXPECT_EQ(map.members.at(0).value.at.source, "environment variable DASK_FOO");
    EXPECT_EQ(map.members.at(0).value.at.line, 0);
}

} // namespace
} // namespace daskd::config
