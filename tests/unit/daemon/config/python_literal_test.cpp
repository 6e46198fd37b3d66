#include "daemon/config/python_literal.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace daskd::config {
namespace {

struct literal {
    std::string name;
    std::string text;
    json value;
};

class python_literal : public testing::TestWithParam<literal> {};

TEST_P(python_literal, is_read_as_python_does) {
    auto const read = read_python_literal(GetParam().text, {});
    ASSERT_TRUE(read);
    EXPECT_EQ(to_json(*read), GetParam().value);
    EXPECT_EQ(to_json(*read).type_name(), std::string(GetParam().value.type_name()));
}

INSTANTIATE_TEST_SUITE_P(all, python_literal,
                         testing::ValuesIn(std::vector<literal>{
                             {"integer", "2", 2},
                             {"negative", "-2", -2},
                             {"spaces_around", " 7 ", 7},
                             {"hexadecimal", "0xFF", 255},
                             {"underscores", "1_000", 1000},
                             {"beyond_64_bits", "100000000000000000000", 1e20},
                             {"real", "0.5", 0.5},
                             {"exponent", "1e9", 1e9},
                             {"negative_exponent", "-1.5e-3", -0.0015},
                             {"true_word", "True", true},
                             {"false_word", "False", false},
                             {"none", "None", nullptr},
                             {"string", "'a b'", "a b"},
                             {"double_quotes", "\"it's\"", "it's"},
                             {"escapes", R"('a\n\x41\u00e9\'')", "a\nA\xc3\xa9'"},
                             {"joined", "'a' 'b'", "ab"},
                             {"triple_quotes", "'''a\nb'''", "a\nb"},
                             {"empty_string", "''", ""},
                             {"list", "[1, 'a', None]", {1, "a", nullptr}},
                             {"trailing_comma", "[1,]", json::array({1})},
                             {"empty_list", "[]", json::array()},
                             {"tuple", "(1, 2)", {1, 2}},
                             {"tuple_of_one", "(1,)", json::array({1})},
                             {"parentheses", "(1)", 1},
                             {"set", "{1, 2}", {1, 2}},
                             {"dict", "{'a': {'b': 1}, 2: 3}", {{"a", {{"b", 1}}}, {"2", 3}}},
                             {"dict_last_key_wins", "{'a': 1, 'a': 2}", {{"a", 2}}},
                             {"empty_dict", "{}", json::object()},
                         }),
                         [](auto const& test) { return test.param.name; });

struct other {
    std::string name;
    std::string text;
};

class no_python_literal : public testing::TestWithParam<other> {};

TEST_P(no_python_literal, is_left_to_be_text) {
    EXPECT_FALSE(read_python_literal(GetParam().text, {}));
}

INSTANTIATE_TEST_SUITE_P(all, no_python_literal,
                         testing::ValuesIn(std::vector<other>{
                             {"empty", ""},
                             {"word", "auto"},
                             {"yaml_true", "true"},
                             {"size", "4GiB"},
                             {"leading_zero", "007"},
                             {"two_numbers", "1 2"},
                             {"address", "tcp://127.0.0.1:8786"},
                             {"bytes", "b'a'"},
                             {"open_list", "[1"},
                             {"open_string", "'a"},
                             {"mixed_braces", "{1, 2: 3}"},
                             {"only_commas", "[,]"},
                             {"surrogate", R"('\ud800')"},
                             {"too_deep", std::string(10'000, '[')},
                             {"deep_braces", std::string(10'000, '{')},
                         }),
                         [](auto const& test) { return test.param.name; });

TEST(read_python_literal, remembers_how_a_number_was_written) {
    EXPECT_EQ(read_python_literal("1e9", {})->text, "1e9");
}

} // namespace
} // namespace daskd::config
