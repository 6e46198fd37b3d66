#include "daemon/core/scheduler_host.hpp"

#include <gtest/gtest.h>

namespace daskd::core {
namespace {

struct host_case {
    std::string name;
    std::vector<std::string> hosts;
    network_view network;
    std::string host;
    std::string why;
};

class reachable_host : public testing::TestWithParam<host_case> {};

TEST_P(reachable_host, is_chosen) {
    auto const& c = GetParam();
    EXPECT_EQ(choose_reachable_host(c.hosts, c.network), (host_choice{c.host, c.why}));
}

INSTANTIATE_TEST_SUITE_P(
    all, reachable_host,
    testing::ValuesIn(std::vector<host_case>{
        {"one", {"a"}, {{}, {{"a", "10.0.0.5"}}}, "10.0.0.5", "by 10.0.0.5 a is reached"},
        {"most",
         {"a", "b", "c"},
         {{}, {{"a", "10.0.0.5"}, {"b", "10.1.0.5"}, {"c", "10.1.0.5"}}},
         "10.1.0.5",
         "by 10.1.0.5 b and 1 more are reached"},
        {"draw_goes_to_the_first",
         {"b", "a"},
         {{}, {{"a", "10.0.0.5"}, {"b", "10.1.0.5"}}},
         "10.1.0.5",
         "by 10.1.0.5 b is reached"},
        {"this_machine_among_them",
         {"me", "me2", "a"},
         {{}, {{"me", "127.0.0.1"}, {"me2", "127.0.0.1"}, {"a", "10.0.0.5"}}},
         "10.0.0.5",
         "by 10.0.0.5 a is reached"},
        {"this_machine_alone",
         {"me"},
         {{"10.0.0.5"}, {{"me", "127.0.0.1"}}},
         "127.0.0.1",
         "by 127.0.0.1 me is reached"},
        {"no_route",
         {"a"},
         {{"127.0.0.1", "::1", "fe80::1", "169.254.0.1", "10.0.0.5", "10.1.0.5"}, {}},
         "10.0.0.5",
         "no way to a remote host is known yet; 10.0.0.5 is the first address of this machine"},
        {"link_local_route",
         {"a"},
         {{"10.0.0.5"}, {{"a", "fe80::1%eth0"}}},
         "10.0.0.5",
         "no way to a remote host is known yet; 10.0.0.5 is the first address of this machine"},
        {"no_network",
         {"a"},
         {{"127.0.0.1"}, {}},
         "127.0.0.1",
         "this machine has no address that remote hosts could reach"},
    }),
    [](auto const& test) { return test.param.name; });

} // namespace
} // namespace daskd::core
