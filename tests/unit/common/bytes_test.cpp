#include "common/bytes.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace daskd {
namespace {

struct size_text {
    std::string name;
    std::string text;
    std::uint64_t bytes;
};

class readable_size : public testing::TestWithParam<size_text> {};

TEST_P(readable_size, is_parsed_as_dask_does) {
    auto const read = parse_bytes(GetParam().text);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(all, readable_size,
                         testing::ValuesIn(std::vector<size_text>{
                             {"plain_number", "100", 100},
                             {"decimal", "500MB", 500'000'000},
                             {"with_space", "4 GB", 4'000'000'000},
                             {"letter_is_decimal", "2G", 2'000'000'000},
                             {"binary", "4GiB", 4'294'967'296},
                             {"binary_letters", "2Gi", 2'147'483'648},
                             {"lower_case", "1kib", 1'024},
                             {"exponent", "1e9", 1'000'000'000},
                             {"exponent_with_unit", "1e6 kB", 1'000'000'000},
                             {"fraction", "5.4 kB", 5'400},
                             {"bytes", "7B", 7},
                             {"unit_alone", "MB", 1'000'000},
                             {"tera", "1TiB", 1'099'511'627'776},
                             {"peta", "1PB", 1'000'000'000'000'000},
                             {"zero", "0", 0},
                         }),
                         [](auto const& test) { return test.param.name; });

struct no_size {
    std::string name;
    std::string text;
    std::string complaint;
};

class unreadable_size : public testing::TestWithParam<no_size> {};

TEST_P(unreadable_size, is_refused_with_the_reason) {
    auto const read = parse_bytes(GetParam().text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::usage);
    EXPECT_EQ(read.error().what, GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(all, unreadable_size,
                         testing::ValuesIn(std::vector<no_size>{
                             {"empty", "", "'' is no size"},
                             {"unit", "5 foos", "'5 foos' is no size: 'foos' is no unit of memory"},
                             {"half_a_unit", "5kix", "'5kix' is no size: 'kix' is no unit of memory"},
                             {"two_points", "1.2.3GB", "'1.2.3GB' is no size"},
                             {"negative", "-1GB", "'-1GB' is less than nothing"},
                             {"too_large", "1e10 PB", "'1e10 PB' is too large"},
                         }),
                         [](auto const& test) { return test.param.name; });

TEST(format_bytes, uses_binary_units_with_one_decimal) {
    EXPECT_EQ(format_bytes(0), "0 B");
    EXPECT_EQ(format_bytes(1'023), "1023 B");
    EXPECT_EQ(format_bytes(1'024), "1 KiB");
    EXPECT_EQ(format_bytes(16u << 20), "16 MiB");
    EXPECT_EQ(format_bytes(1'288'490'189), "1.2 GiB");
    EXPECT_EQ(format_bytes((1u << 20) - 1), "1 MiB");
    EXPECT_EQ(format_bytes(UINT64_MAX), "16 EiB");
}

} // namespace
} // namespace daskd
