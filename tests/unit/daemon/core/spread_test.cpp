#include "daemon/core/spread.hpp"

#include <gmock/gmock.h>

namespace daskd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(spread, fills_hosts_evenly_up_to_what_is_configured) {
    EXPECT_THAT(spread(0, {2, 2}), ElementsAre(0, 0));
    EXPECT_THAT(spread(1, {2, 2}), ElementsAre(1, 0));
    EXPECT_THAT(spread(3, {2, 2}), ElementsAre(2, 1));
    EXPECT_THAT(spread(4, {1, 8}), ElementsAre(1, 3));
    EXPECT_THAT(spread(2, {0, 8}), ElementsAre(0, 2));
}

TEST(spread, goes_beyond_it_evenly) {
    EXPECT_THAT(spread(5, {2, 2}), ElementsAre(3, 2));
    EXPECT_THAT(spread(3, {0, 0}), ElementsAre(2, 1));
    EXPECT_THAT(spread(3, {}), IsEmpty());
}

} // namespace
} // namespace daskd::core
