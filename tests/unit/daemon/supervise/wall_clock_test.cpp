#include "daemon/supervise/wall_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::supervise {
namespace {

TEST(utc_now, is_iso_8601_with_milliseconds_and_sorts_as_text) {
    auto const now = utc_now();
    EXPECT_THAT(now,
                testing::MatchesRegex("20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]"
                                      "\\.[0-9][0-9][0-9]Z"));
    EXPECT_LE(now, utc_now());
}

} // namespace
} // namespace daskd::supervise
