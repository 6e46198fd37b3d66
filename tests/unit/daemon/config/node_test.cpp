#include "daemon/config/node.hpp"
#include "daemon/config/yaml_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace daskd::config {
namespace {

node yaml(std::string const& text, std::string const& file = "f") {
    std::vector<diagnostic> problems;
    auto read = read_yaml_file(text, file, problems);
    EXPECT_TRUE(problems.empty());
    return read.value_or(node{});
}

struct merging {
    std::string name;
    std::string old_text;
    std::string new_text;
    std::string expected;
};

class merged_maps : public testing::TestWithParam<merging> {};

TEST_P(merged_maps, are_what_dask_would_have) {
    auto map = yaml(GetParam().old_text);
    merge(map, yaml(GetParam().new_text));
    EXPECT_EQ(to_json(map), to_json(yaml(GetParam().expected)));
}

INSTANTIATE_TEST_SUITE_P(all, merged_maps,
                         testing::ValuesIn(std::vector<merging>{
                             {"newer_value_wins", "{a: 1, b: 2}", "{a: 3}", "{a: 3, b: 2}"},
                             {"maps_merge_at_any_depth", "{a: {b: {c: 1}}}", "{a: {b: {d: 2}}}",
                              "{a: {b: {c: 1, d: 2}}}"},
                             {"lists_are_replaced", "{a: [1, 2]}", "{a: [3]}", "{a: [3]}"},
                             {"null_replaces_a_map", "{a: {b: 1}}", "{a: null}", "{a: null}"},
                             {"a_map_replaces_null", "{a: null}", "{a: {b: 1}}", "{a: {b: 1}}"},
                             {"a_map_replaces_a_number", "{a: 5}", "{a: {b: 1}}", "{a: {b: 1}}"},
                             {"an_empty_map_takes_nothing_away", "{a: {b: 1}}", "{a: {}}", "{a: {b: 1}}"},
                             {"hyphen_is_underscore", "{a-b: 1}", "{a_b: 2}", "{a-b: 2}"},
                             {"underscore_is_hyphen", "{a_b_c: 1}", "{a-b_c: 2}", "{a_b_c: 2}"},
                         }),
                         [](auto const& test) { return test.param.name; });

TEST(merge, remembers_where_a_value_was_last_written) {
    auto map = yaml("a: 1\nb:\n  c: 2", "old");
    merge(map, yaml("x: 0\na: 3\nb:\n  d: 4", "new"));
    EXPECT_EQ(find(map, "a")->at.source, "new");
    EXPECT_EQ(find(map, "a")->at.line, 2);
    EXPECT_EQ(find(*find(map, "b"), "c")->at.source, "old");
    EXPECT_EQ(find(*find(map, "b"), "d")->at.source, "new");
}

TEST(merge, keeps_the_order_of_first_appearance) {
    auto map = yaml("{z: 1, a: 2}");
    merge(map, yaml("{a: 3, m: 4, z: 5}"));
    ASSERT_EQ(map.members.size(), 3u);
    EXPECT_EQ(map.members[0].key, "z");
    EXPECT_EQ(map.members[1].key, "a");
    EXPECT_EQ(map.members[2].key, "m");
}

TEST(assign, makes_the_maps_on_the_way) {
    auto map = yaml("{a: 5, b-c: {d: 1}}");
    assign(map, "a.x", make_string("1", {}));
    assign(map, "b_c.e", make_string("2", {}));
    EXPECT_EQ(to_json(map), json::parse(R"({"a": {"x": "1"}, "b-c": {"d": 1, "e": "2"}})"));
}

TEST(find, gives_nothing_outside_a_map) {
    EXPECT_EQ(find(yaml("{a: 1}"), "b"), nullptr);
    auto const scalar = make_string("a", {});
    EXPECT_EQ(find(scalar, "a"), nullptr);
}

TEST(to_json, has_text_for_numbers_that_json_has_not) {
    EXPECT_EQ(to_json(yaml("{a: .inf, b: -.inf, c: .nan}")),
              json::parse(R"({"a": "inf", "b": "-inf", "c": "nan"})"));
}

} // namespace
} // namespace daskd::config
