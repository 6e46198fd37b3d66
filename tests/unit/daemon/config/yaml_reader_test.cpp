#include "daemon/config/yaml_reader.hpp"
#include "tests/unit/daemon/config/support.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

struct outcome {
    std::optional<node> map;
    std::vector<std::string> problems;
};

outcome read(std::string const& text) {
    std::vector<diagnostic> problems;
    auto map = read_yaml_file(text, "f", problems);
    return {std::move(map), test::messages(problems)};
}

struct good {
    std::string name;
    std::string text;
    char const* expected;
};

class good_file : public testing::TestWithParam<good> {};

TEST_P(good_file, is_read) {
    auto const [map, problems] = read(GetParam().text);
    EXPECT_THAT(problems, testing::IsEmpty());
    ASSERT_TRUE(map);
    EXPECT_EQ(to_json(*map), json::parse(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    all, good_file,
    testing::ValuesIn(std::vector<good>{
        {"empty", "", "{}"},
        {"only_a_comment", "# nothing\n", "{}"},
        {"nested", "a:\n  b: [1, x]\n", R"({"a": {"b": [1, "x"]}})"},
        {"json", R"({"a": {"b": [1, "2"]}})", R"({"a": {"b": [1, "2"]}})"},
        {"quotes_make_text", "a: '1'\nb: \"true\"\nc: ''", R"({"a": "1", "b": "true", "c": ""})"},
        {"quotes_inside_quotes", "a: 'it''s'\nb: \"\\\"\"", R"({"a": "it's", "b": "\""})"},
        {"tag_makes_text", "a: !!str 1", R"({"a": "1"})"},
        {"null_value", "a:\nb: ~", R"({"a": null, "b": null})"},
        {"block_text", "a: |\n  x\n  \ty\n", R"({"a": "x\n\ty\n"})"},
        {"tab_after_the_colon", "a:\tb", R"({"a": "b"})"},
        {"alias", "a: &x {b: 1}\nc: *x", R"({"a": {"b": 1}, "c": {"b": 1}})"},
        {"merge_key", "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}",
         R"({"a": {"b": 1, "c": 2}, "d": {"b": 1, "c": 3}})"},
        {"merge_key_after_the_others", "a: &x {b: 1}\nd: {b: 3, <<: *x}",
         R"({"a": {"b": 1}, "d": {"b": 3}})"},
        {"merge_key_with_a_list", "a: &x {b: 1}\nc: &y {b: 2, d: 3}\ne: {<<: [*x, *y]}",
         R"({"a": {"b": 1}, "c": {"b": 2, "d": 3}, "e": {"b": 1, "d": 3}})"},
        {"duplicates_outside_daskd_as_in_dask", "a: 1\na: 2", R"({"a": 2})"},
        {"numeric_key", "1: a", R"({"1": "a"})"},
        {"byte_order_mark",
         "\xef\xbb\xbf"
         "a: 1",
         R"({"a": 1})"},
    }),
    [](auto const& test) { return test.param.name; });

struct bad {
    std::string name;
    std::string text;
    std::string complaint;
};

class bad_file : public testing::TestWithParam<bad> {};

TEST_P(bad_file, is_refused_with_its_place) {
    EXPECT_THAT(read(GetParam().text).problems, testing::ElementsAre(GetParam().complaint));
}

/// Nine levels of ten aliases each.
std::string bomb() {
    std::string text = "a0: &a0 [x]\n";
    for (int i = 1; i < 10; ++i) {
        auto const alias = "*a" + std::to_string(i - 1);
        auto list = alias;
        for (int j = 1; j < 10; ++j)
            list += ", " + alias;
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + list + "]\n";
    }
    return text;
}

INSTANTIATE_TEST_SUITE_P(
    all, bad_file,
    testing::ValuesIn(std::vector<bad>{
        {"syntax", "a: 1\nb: c: d", "f:2:5: not valid YAML: illegal map value"},
        {"wrong_indentation", "a:\n  b: 1\n c: 2", "f:3:2: not valid YAML: end of map not found"},
        {"tab", "a:\n\tb: 1", "f:2:3: not valid YAML: a tab in the indentation; use spaces"},
        {"open_brace", "{", "f:1:1: not valid YAML: end of map flow not found"},
        {"open_quote", "a: 'x\n", "f:1:4: not valid YAML: the quote is never closed"},
        {"unknown_alias", "a: *x", "f:1:4: not valid YAML: the referenced anchor is not defined"},
        {"unknown_tag", "a: !x 1", "f:1:4: the tag !x means nothing here"},
        {"list_on_top", "- a", "f:1:1: the top level must be a map, such as 'daskd:'"},
        {"text_on_top", "# x\nhello", "f:2:1: the top level must be a map, such as 'daskd:'"},
        {"list_as_key", "? [a]\n: b", "f:1:3: a key must be plain text"},
        {"several_documents", "a: 1\n---\nb: 2", "f:1:1: holds several YAML documents; only one can be used"},
        {"nothing_that_can_begin", "# one\n, a: 1\n", "f:2:1: not valid YAML: nothing can begin with this"},
        {"not_utf8", "a: \xff", "f:1:1: is not UTF-8 text"},
        {"merge_key_with_a_number", "a: {<<: 5}", "f:1:5: '<<' takes a map or a list of maps"},
        {"duplicate", "daskd:\n  a: 1\n  a: 2", "f:3:3: daskd.a: the key is there twice, first in line 2"},
        {"duplicate_by_hyphen", "daskd:\n  a-b: 1\n  a_b: 2",
         "f:3:3: daskd.a_b: the key is there twice, first in line 2"},
        {"duplicate_of_daskd", "daskd: {}\ndaskd: {}",
         "f:2:1: daskd: the key is there twice, first in line 1"},
        {"alias_of_itself", "a: &x [*x]", "f:1:4: nested deeper than 64 levels"},
        {"too_many_values", bomb(), "f:1:10: more than 10000 values, counting aliases"},
    }),
    [](auto const& test) { return test.param.name; });

TEST(read_yaml_file, survives_deep_nesting) {
    EXPECT_FALSE(read(std::string(100'000, '[')).map);
    EXPECT_FALSE(read("a: " + std::string(100, '[') + std::string(100, ']')).map);
}

TEST(read_yaml_value, gives_everything_one_origin) {
    std::vector<diagnostic> problems;
    auto const value = read_yaml_value("{a: [1]}", "daskd.x", {"command line", 0, 0}, problems);
    ASSERT_TRUE(value);
    EXPECT_EQ(value->members.at(0).value.items.at(0).at.source, "command line");
    EXPECT_FALSE(read_yaml_value("{", "daskd.x", {"command line", 0, 0}, problems));
    EXPECT_THAT(test::messages(problems),
                testing::ElementsAre("command line: daskd.x: not valid YAML: end of map flow not found"));
}

} // namespace
} // namespace daskd::config
