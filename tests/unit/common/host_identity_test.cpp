#include "common/host_identity.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace daskd {
namespace {

struct ownership {
    std::string name;
    host_identity owner;
    bool is_other;
};

class host_ownership : public testing::TestWithParam<ownership> {};

TEST_P(host_ownership, is_judged) {
    EXPECT_EQ(is_elsewhere(GetParam().owner, {"node1", "boot-b"}), GetParam().is_other);
}

INSTANTIATE_TEST_SUITE_P(all, host_ownership,
                         testing::ValuesIn(std::vector<ownership>{
                             {"the_same", {"node1", "boot-b"}, false},
                             {"rebooted", {"node1", "boot-a"}, false},
                             {"renamed", {"node0", "boot-b"}, false},
                             {"another", {"node2", "boot-c"}, true},
                             {"nobody", {"", ""}, false},
                         }),
                         [](auto const& one) { return one.param.name; });

TEST(this_host, is_known) {
    auto const here = this_host();
    EXPECT_FALSE(here.hostname.empty());
    EXPECT_EQ(here.boot_id.size(), 36U);
    EXPECT_FALSE(is_elsewhere(here, here));
}

} // namespace
} // namespace daskd
