#include "daemon/launch/survival.hpp"

#include <gmock/gmock.h>

namespace daskd::launch {
namespace {

using testing::Contains;

TEST(scope_command, names_the_scope_so_that_the_unit_finds_it) {
    auto const command = scope_command("daskd@a-b.service", "a-b", "12ab", 7);
    EXPECT_THAT(command, Contains("--unit=daskd:a-b:12ab-7.scope"));
    EXPECT_THAT(command, Contains("--property=Before=daskd@a-b.service"));
    EXPECT_THAT(command, Contains("--property=Delegate=yes"));
    EXPECT_EQ(command.front().front(), '/');
    EXPECT_EQ(command.back(), "--");
}

} // namespace
} // namespace daskd::launch
