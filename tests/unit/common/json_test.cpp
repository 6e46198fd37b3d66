#include "common/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace daskd {
namespace {

std::string nested(int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
}

TEST(parse_json, reads_one_value) {
    auto const read = parse_json(R"({"a": [1, null]})");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, json({{"a", {1, nullptr}}}));
}

TEST(parse_json, refuses_what_is_no_json) {
    for (auto const* text : {"", "{", "{} {}", "{'a': 1}", "nul", "\xff"}) {
        auto const read = parse_json(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code, errc::usage);
        EXPECT_FALSE(read.error().what.empty());
    }
}

TEST(parse_json, limits_the_depth) {
    EXPECT_TRUE(parse_json(nested(64)));
    EXPECT_TRUE(parse_json(nested(3), 3));
    auto const read = parse_json(nested(4), 3);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().what, "JSON nested deeper than 3 levels");
}

TEST(parse_json, survives_a_megabyte_of_brackets) {
    EXPECT_FALSE(parse_json(std::string(std::size_t{1} << 20, '[')));
}

TEST(json_numbers, are_refused_where_they_would_be_cut) {
    EXPECT_EQ(json(7).get<int>(), 7);
    EXPECT_EQ(json(-7).get<std::int64_t>(), -7);
    EXPECT_EQ(json(2.5).get<double>(), 2.5);
    EXPECT_EQ(json(7).get<double>(), 7.0);
    EXPECT_EQ(json(18446744073709551615U).get<std::uint64_t>(), 18446744073709551615U);
    EXPECT_EQ(json::parse("[1, 2]").get<std::vector<int>>(), (std::vector{1, 2}));
    EXPECT_EQ(json::parse("{}").value("n", 3), 3);
    EXPECT_THROW((void)json(4294967298).get<int>(), json::exception);
    EXPECT_THROW((void)json(18446744073709551615U).get<std::int64_t>(), json::exception);
    EXPECT_THROW((void)json(-1).get<std::uint64_t>(), json::exception);
    EXPECT_THROW((void)json(2.5).get<int>(), json::exception);
    EXPECT_THROW((void)json(1e300).get<int>(), json::exception);
    EXPECT_THROW((void)json(true).get<int>(), json::exception);
    EXPECT_THROW((void)json("1").get<int>(), json::exception);
    EXPECT_THROW((void)json::parse("[1, 1e9]").get<std::vector<int>>(), json::exception);
    EXPECT_THROW((void)json::parse(R"({"n": 2.5})").value("n", 3), json::exception);
}

TEST(to_line, has_no_line_end_inside) {
    EXPECT_EQ(to_line(json{{"text", "a\nb"}}), R"({"text":"a\nb"})");
}

TEST(to_line, replaces_what_is_no_utf8) {
    EXPECT_EQ(to_line(json("a\xff")), "\"a\xef\xbf\xbd\"");
}

TEST(to_line, keeps_the_order_of_an_ordered_object) {
    EXPECT_EQ(to_line(ordered_json{{"z", 1}, {"a", 2}}), R"({"z":1,"a":2})");
}

} // namespace
} // namespace daskd
