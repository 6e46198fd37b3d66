#include "daemon/logs/since.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

namespace daskd::logs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A stamp as Dask writes it, in local time.
std::string stamped(std::time_t at, std::string const& text) {
    std::tm local{};
    ::localtime_r(&at, &local);
    char stamp[64];
    std::strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S,250", &local);
    return stamp + (" - " + text);
}

TEST(since, keeps_what_is_later) {
    EXPECT_THAT(since({stamped(1000, "a"), stamped(2000, "b"), stamped(3000, "c")}, 2000),
                ElementsAre(stamped(2000, "b"), stamped(3000, "c")));
}

TEST(since, milliseconds_count) {
    EXPECT_THAT(since({stamped(1000, "a")}, 1000.25), ElementsAre(stamped(1000, "a")));
    EXPECT_THAT(since({stamped(1000, "a")}, 1000.26), IsEmpty());
}

TEST(since, a_line_without_a_stamp_belongs_to_the_one_before) {
    EXPECT_THAT(since({stamped(1000, "a"), "  trace of a", stamped(2000, "b"), "  trace of b"}, 1500),
                ElementsAre(stamped(2000, "b"), "  trace of b"));
}

TEST(since, a_log_without_stamps_is_kept_whole) {
    EXPECT_THAT(since({"one", "two"}, 1500), ElementsAre("one", "two"));
}

} // namespace
} // namespace daskd::logs
