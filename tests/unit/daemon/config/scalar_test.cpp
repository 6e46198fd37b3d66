#include "daemon/config/scalar.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace daskd::config {
namespace {

struct plain {
    std::string name;
    std::string text;
    json value;
};

class plain_scalar : public testing::TestWithParam<plain> {};

TEST_P(plain_scalar, means_what_it_means_to_pyyaml) {
    auto const value = resolve_scalar(GetParam().text);
    EXPECT_EQ(value, GetParam().value);
    EXPECT_EQ(value.type_name(), std::string(GetParam().value.type_name()));
}

INSTANTIATE_TEST_SUITE_P(all, plain_scalar,
                         testing::ValuesIn(std::vector<plain>{
                             {"nothing", "", nullptr},
                             {"tilde", "~", nullptr},
                             {"null", "null", nullptr},
                             {"none_is_text", "none", "none"},
                             {"yes", "yes", true},
                             {"off", "off", false},
                             {"capitals", "True", true},
                             {"odd_capitals", "tRue", "tRue"},
                             {"zero", "0", 0},
                             {"integer", "-12", -12},
                             {"plus", "+3", 3},
                             {"underscores", "1_000", 1000},
                             {"hexadecimal", "0xFf", 255},
                             {"octal", "017", 15},
                             {"no_octal", "089", "089"},
                             {"binary", "0b101", 5},
                             {"sexagesimal", "1:30:00", 5400},
                             {"clock_with_leading_zero", "00:30:00", "00:30:00"},
                             {"clock_beyond_59", "99:99:99", "99:99:99"},
                             {"fraction", "0.25", 0.25},
                             {"no_leading_digit", ".5", 0.5},
                             {"no_fraction_digit", "1.", 1.0},
                             {"exponent", "1.5e+3", 1500.0},
                             {"exponent_without_sign", "1.5e3", "1.5e3"},
                             {"exponent_without_point", "1e9", "1e9"},
                             {"sexagesimal_fraction", "1:30.5", 90.5},
                             {"beyond_64_bits", "100000000000000000000", 1e20},
                             {"sexagesimal_beyond_64_bits", "-80000000000000000000:3", -4.8e21},
                             {"only_a_sign", "-", "-"},
                             {"size", "4GiB", "4GiB"},
                             {"very_long", std::string(1000, '1'), std::string(1000, '1')},
                         }),
                         [](auto const& test) { return test.param.name; });

} // namespace
} // namespace daskd::config
