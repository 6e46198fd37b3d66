#include "ctl/times.hpp"

#include <gtest/gtest.h>

namespace daskd::ctl {
namespace {

TEST(times, reads_moments) {
    seconds const now(1'000'000);
    struct {
        char const* text;
        double epoch_s;
    } const cases[] = {{"10min", 999'400},
                       {"2026-01-01T00:00:00Z", 1'767'225'600},
                       {"2026-01-01T00:00:00.250Z", 1'767'225'600.25},
                       {"2026-01-01 00:00:01", 1'767'225'601},
                       {"2026-01-01", 1'767'225'600}};
    for (auto const& c : cases) {
        ASSERT_TRUE(parse_moment(c.text, now)) << c.text;
        EXPECT_DOUBLE_EQ(parse_moment(c.text, now)->count(), c.epoch_s) << c.text;
    }
    for (auto const* text : {"", "yesterday", "2026-13-01", "2026-01-01T00:00:00+02:00", "2026-01-01x"})
        EXPECT_FALSE(parse_moment(text, now)) << text;
}

} // namespace
} // namespace daskd::ctl
