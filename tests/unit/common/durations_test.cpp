#include "common/durations.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace daskd {
namespace {

using std::chrono::milliseconds;

struct readable {
    std::string name;
    std::string text;
    std::int64_t ms;
};

class readable_duration : public testing::TestWithParam<readable> {};

TEST_P(readable_duration, is_parsed) {
    auto const read = parse_duration(GetParam().text);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->count(), GetParam().ms);
}

INSTANTIATE_TEST_SUITE_P(all, readable_duration,
                         testing::ValuesIn(std::vector<readable>{
                             {"plain_number_is_seconds", "10", 10'000},
                             {"fraction_of_a_second", "0.5", 500},
                             {"no_leading_zero", ".5s", 500},
                             {"exponent", "1e3", 1'000'000},
                             {"milliseconds", "100ms", 100},
                             {"seconds", "10s", 10'000},
                             {"rounded_not_cut", "1.1s", 1'100},
                             {"minutes_short", "5m", 300'000},
                             {"minutes", "5min", 300'000},
                             {"minutes_word", "5 minutes", 300'000},
                             {"hours", "2h", 7'200'000},
                             {"hours_word", "1.5 hours", 5'400'000},
                             {"day", "1 day", 86'400'000},
                             {"week", "1w", 604'800'000},
                             {"weeks", "2 weeks", 1'209'600'000},
                             {"upper_case", "10S", 10'000},
                             {"unit_alone", "hour", 3'600'000},
                             {"less_than_a_millisecond_is_not_zero", "100us", 1},
                             {"nanoseconds", "5 nanoseconds", 1},
                             {"zero", "0", 0},
                             {"clock", "00:30:00", 1'800'000},
                             {"clock_beyond_59", "99:99:99", 362'439'000},
                             {"clock_of_minutes", "5:30", 330'000},
                         }),
                         [](auto const& test) { return test.param.name; });

struct unreadable {
    std::string name;
    std::string text;
    std::string complaint;
};

class unreadable_duration : public testing::TestWithParam<unreadable> {};

TEST_P(unreadable_duration, is_refused_with_the_reason) {
    auto const read = parse_duration(GetParam().text);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, errc::usage);
    EXPECT_EQ(read.error().what, GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(all, unreadable_duration,
                         testing::ValuesIn(std::vector<unreadable>{
                             {"empty", "", "'' is no duration"},
                             {"word", "soon", "'soon' is no duration: 'soon' is no unit of time"},
                             {"unit", "5 parsecs",
                              "'5 parsecs' is no duration: 'parsecs' is no unit of time"},
                             {"plural_of_a_letter", "5ss", "'5ss' is no duration: 'ss' is no unit of time"},
                             {"two_numbers", "1m 30s", "'1m 30s' is no duration"},
                             {"negative", "-5s", "'-5s' is less than nothing"},
                             {"too_long", "1e9 weeks", "'1e9 weeks' is too long"},
                             {"longer_than_a_clock_runs", "110000d", "'110000d' is too long"},
                             {"infinite", "1e999s", "'1e999s' is no duration"},
                             {"clock_with_a_gap", "1::2", "'1::2' is no duration"},
                             {"clock_of_four", "1:2:3:4", "'1:2:3:4' is no duration"},
                             {"clock_with_a_sign", "-1:00:00", "'-1:00:00' is no duration"},
                         }),
                         [](auto const& test) { return test.param.name; });

TEST(from_seconds, is_never_beyond_what_a_clock_can_count) {
    EXPECT_EQ(from_seconds(1.2345), milliseconds(1'235));
    EXPECT_EQ(from_seconds(-0.5), milliseconds(-500));
    auto const century = from_seconds(1e300);
    EXPECT_GT(century, std::chrono::hours(24 * 365 * 99));
    EXPECT_EQ(from_seconds(-1e300), -century);
    EXPECT_GT(std::chrono::steady_clock::now() + century, std::chrono::steady_clock::now());
}

TEST(format_duration, shows_the_two_largest_units) {
    EXPECT_EQ(format_duration(milliseconds(0)), "0ms");
    EXPECT_EQ(format_duration(milliseconds(250)), "250ms");
    EXPECT_EQ(format_duration(milliseconds(4'000)), "4s");
    EXPECT_EQ(format_duration(milliseconds(4'250)), "4.2s");
    EXPECT_EQ(format_duration(milliseconds(59'999)), "59s");
    EXPECT_EQ(format_duration(milliseconds(125'000)), "2m 5s");
    EXPECT_EQ(format_duration(milliseconds(120'000)), "2m");
    EXPECT_EQ(format_duration(milliseconds(3'660'000)), "1h 1m");
    EXPECT_EQ(format_duration(milliseconds(273'600'000)), "3d 4h");
    EXPECT_EQ(format_duration(milliseconds(-250)), "-250ms");
}

} // namespace
} // namespace daskd
