#include "daemon/process/host_network.hpp"

#include <gmock/gmock.h>

#include <set>

namespace daskd::process {
namespace {

using testing::Contains;
using testing::IsSupersetOf;

TEST(host_network, has_what_every_host_has) {
    auto const here = read_host_network();
    EXPECT_THAT(here.host_names, Contains("localhost"));
    EXPECT_THAT(here.addresses, IsSupersetOf({"127.0.0.1", "::1"}));
    EXPECT_THAT(here.interfaces, Contains("lo"));
}

TEST(host_network, names_each_thing_once) {
    auto const here = read_host_network();
    for (auto const& list : {here.host_names, here.addresses, here.interfaces})
        EXPECT_EQ(std::set(list.begin(), list.end()).size(), list.size()) << testing::PrintToString(list);
}

} // namespace
} // namespace daskd::process
