#include "ctl/render/findings.hpp"

#include <gtest/gtest.h>

namespace daskd::ctl {
namespace {

TEST(render_findings, shows_what_mends_below_what_is_wrong) {
    auto const findings = json::array(
        {{{"check", "ports"}, {"verdict", "fine"}, {"saw", "8786 is free"}, {"remedy", nullptr}},
         {{"check", "versions"}, {"verdict", "fine"}, {"saw", "equal here"}, {"remedy", nullptr}},
         {{"check", "versions"}, {"verdict", "wrong"}, {"saw", "not there"}, {"remedy", "pip install x"}},
         {{"check", "users"}, {"verdict", "warning"}, {"saw", "bob"}, {"remedy", nullptr}}});
    EXPECT_EQ(render_findings(findings, style(false)), "✓ ports     8786 is free\n"
                                                       "✓ versions  equal here\n"
                                                       "✗           not there\n"
                                                       "            → pip install x\n"
                                                       "! users     bob\n");
    EXPECT_EQ(render_findings(json::array(), style(false)), "");
}

} // namespace
} // namespace daskd::ctl
