#include "daemon/config/host_names.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

struct spelling {
    std::string written;
    std::string expected; ///< hosts as they are written one by one, or "! what is wrong"
};

std::string parsed(std::string const& written) {
    auto const hosts = parse_hosts(written);
    if (!hosts) return "! " + hosts.error().what;
    std::string text;
    for (auto const& host : *hosts)
        text += (text.empty() ? "" : " ") + to_string(host);
    return text;
}

class host_spelling : public testing::TestWithParam<spelling> {};

TEST_P(host_spelling, is_read) {
    EXPECT_EQ(parsed(GetParam().written), GetParam().expected) << GetParam().written;
}

INSTANTIATE_TEST_SUITE_P(good, host_spelling,
                         testing::ValuesIn(std::vector<spelling>{
                             {"node1", "node1"},
                             {"alice@node1:2222", "alice@node1:2222"},
                             {"a.b@corp@node1", "a.b@corp@node1"},
                             {"10.0.0.7:22", "10.0.0.7:22"},
                             {"node_1.example.org", "node_1.example.org"},
                             {"node[8-11]", "node8 node9 node10 node11"},
                             {"node[08-11]", "node08 node09 node10 node11"},
                             {"node[1,3,5-7]", "node1 node3 node5 node6 node7"},
                             {"bob@r[1-2]n[1-2].lab:23",
                              "bob@r1n1.lab:23 bob@r1n2.lab:23 bob@r2n1.lab:23 bob@r2n2.lab:23"},
                             {"[7-8]", "7 8"},
                             {"[2001:db8::1]", "[2001:db8::1]"},
                             {"alice@[::1]:2222", "alice@[::1]:2222"},
                             {"[fe80::1%eth0]", "[fe80::1%eth0]"},
                         }));

INSTANTIATE_TEST_SUITE_P(
    bad, host_spelling,
    testing::ValuesIn(std::vector<spelling>{
        {"", "! '' is no name of a host"},
        {"-oProxyCommand=x", "! '-oProxyCommand=x' is no name of a host"},
        {"a b", "! 'a b' is no name of a host"},
        {"@node1", "! '' is no name of a user"},
        {"a;b@node1", "! 'a;b' is no name of a user"},
        {"-l@node1", "! '-l' is no name of a user"},
        {"node1:", "! '' is no port"},
        {"node1:0", "! '0' is no port"},
        {"node1:65536", "! '65536' is no port"},
        {"node1:-1", "! '-1' is no port"},
        {"2001:db8::1", "! an IPv6 address needs brackets: [2001:db8::1]"},
        {"[2001:db8::1", "! '[' without ']'"},
        {"[2001:db8::1]x", "! an IPv6 address is written as [2001:db8::1] or [2001:db8::1]:22"},
        {"[x y::1]", "! an IPv6 address is written as [2001:db8::1] or [2001:db8::1]:22"},
        {"node[1-", "! '[' without ']'"},
        {"node1]", "! ']' without '['"},
        {"node[]", "! '' is no range such as 1-16"},
        {"node[1,]", "! '' is no range such as 1-16"},
        {"node[a-b]", "! 'a-b' is no range such as 1-16"},
        {"node[1-2-3]", "! '1-2-3' is no range such as 1-16"},
        {"node[5-1]", "! the range '5-1' is empty"},
        {"node[01-100]", "! '01-100': both ends need the same number of digits"},
        {"node[0-4096]", "! more than 4096 hosts"},
        {"node[1-99999999999]", "! '1-99999999999' is no range such as 1-16"},
        {"a[1-100]b[1-100]", "! more than 4096 hosts"},
    }));

TEST(parse_hosts, takes_as_many_as_fit) {
    EXPECT_EQ(parse_hosts("node[1-4096]")->size(), most_hosts);
}

} // namespace
} // namespace daskd::config
