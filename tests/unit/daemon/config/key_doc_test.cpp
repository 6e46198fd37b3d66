#include "daemon/config/key_doc.hpp"

#include <gtest/gtest.h>

namespace daskd::config {
namespace {

TEST(map_schema, says_of_each_key_what_people_are_told) {
    ordered_json const number{{"type", "integer"}};
    auto const schema =
        map_schema({{"stop_timeout", "10s", "for a graceful end", true, {}, {{"type", "string"}}},
                    {"count", "", "how many", true, {}, number},
                    {"nanny", "false", "Dask's own", false, {}, {{"enum", {false}}}}},
                   {"count"});
    EXPECT_EQ(schema.at("additionalProperties"), false);
    EXPECT_EQ(schema.at("required"), json({"count"}));
    auto const& keys = schema.at("properties");
    EXPECT_EQ(keys.at("stop_timeout").at("default"), "10s");
    EXPECT_EQ(keys.at("stop_timeout").at("description"), "for a graceful end");
    EXPECT_EQ(keys.at("count").at("type"), "integer");
    EXPECT_FALSE(keys.at("count").contains("default"));
    EXPECT_EQ(keys.at("nanny").at("description"), "Dask's own (not in this version)");
    EXPECT_EQ(schema.at("patternProperties").size(), 1U);
    EXPECT_EQ(schema.at("patternProperties").at("^stop[-_]timeout$").at("type"), "string");
}

TEST(map_schema, keeps_what_stands_beside_a_reference) {
    auto const schema = map_schema({{"pool", "", "a pool", true, {}, {{"$ref", "#/definitions/pool"}}}});
    auto const& pool = schema.at("properties").at("pool");
    EXPECT_EQ(pool.at("description"), "a pool");
    EXPECT_EQ(pool.at("allOf").at(0).at("$ref"), "#/definitions/pool");
}

} // namespace
} // namespace daskd::config
