#include "daemon/tunnel/routes.hpp"

#include <gmock/gmock.h>

namespace daskd::tunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

port_homes const homes{{8786, here}, {20001, here}, {20011, "h1"}, {20021, "h2"}};

TEST(routes, each_mouth_serves_its_own_ports_and_listens_on_all_others) {
    std::vector<mouth_place> const mouths{{here, "A"}, {"h1", "B"}, {"h2", "C"}};
    auto const role = role_of(mouths[1], mouths, homes);
    EXPECT_THAT(role.serve, ElementsAre(20011));
    EXPECT_THAT(role.listen, ElementsAre(Pair(8786, here), Pair(20001, here), Pair(20021, "h2")));
    EXPECT_THAT(role_of(mouths[0], mouths, homes).listen, ElementsAre(Pair(20011, "h1"), Pair(20021, "h2")));
}

TEST(routes, a_mouth_of_which_nothing_is_known_yet_is_elsewhere) {
    std::vector<mouth_place> const mouths{{here, "A"}, {"h1", ""}, {"h2", ""}};
    EXPECT_EQ(role_of(mouths[0], mouths, homes).listen.size(), 2U);
    EXPECT_EQ(role_of(mouths[1], mouths, homes).listen.size(), 3U);
}

TEST(routes, a_host_that_is_this_machine_needs_no_way_to_it) {
    std::vector<mouth_place> const mouths{{here, "A"}, {"h1", "A"}, {"h2", "C"}};
    EXPECT_THAT(role_of(mouths[0], mouths, homes).listen, ElementsAre(Pair(20021, "h2")));
    auto const role = role_of(mouths[1], mouths, homes);
    EXPECT_THAT(role.listen, IsEmpty()) << "the first of both listens";
    EXPECT_THAT(role.serve, ElementsAre(20011));
    EXPECT_EQ(role_of(mouths[2], mouths, homes).listen.size(), 3U);
}

TEST(routes, of_a_host_with_two_names_the_first_listens) {
    std::vector<mouth_place> const mouths{{here, "A"}, {"h1", "B"}, {"h2", "B"}};
    EXPECT_THAT(role_of(mouths[1], mouths, homes).listen, ElementsAre(Pair(8786, here), Pair(20001, here)));
    EXPECT_THAT(role_of(mouths[2], mouths, homes).listen, IsEmpty());
}

} // namespace
} // namespace daskd::tunnel
