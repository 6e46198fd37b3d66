#include "daemon/tls/certificate.hpp"
#include "tests/unit/daemon/tls/support.hpp"

#include <gmock/gmock.h>

namespace daskd::tls {
namespace {

using std::chrono::days;

class certificates : public testing::Test {
protected:
    time now = test::today();
    std::string ca_key = *make_key();
    std::string ca = *make_ca(ca_key, {"CA", {}, now - days{1}, now + days{100}});
    std::string key = *make_key();
};

TEST_F(certificates, hold_what_was_asked_for) {
    auto const made =
        *issue(ca, ca_key, key, {"x", {"DNS:node1", "IP:192.0.2.1", "IP:fe80::1"}, now, now + days{10}});
    auto const read = read_certificate(made);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->until, now + days{10});
    EXPECT_THAT(read->valid_for, testing::ElementsAre("DNS:node1", "IP:192.0.2.1", "IP:fe80::1"));
    EXPECT_EQ(read->key_id.size(), 40U);
    EXPECT_TRUE(belongs(made, key));
    EXPECT_FALSE(belongs(made, ca_key));
}

TEST_F(certificates, are_trusted_through_their_ca_alone) {
    auto const made = *issue(ca, ca_key, key, {"x", {"DNS:node1"}, now, now + days{10}});
    EXPECT_EQ(distrust(made, ca, now, strictness::rfc_5280), std::nullopt);
    EXPECT_EQ(distrust(ca, ca, now, strictness::rfc_5280), std::nullopt);
    EXPECT_EQ(distrust(made, ca, now + days{11}, strictness::usual), "certificate has expired");
    EXPECT_EQ(distrust(made, ca, now - days{2}, strictness::usual), "certificate is not yet valid");
    auto const stranger = *make_ca(*make_key(), {"CA", {}, now - days{1}, now + days{100}});
    EXPECT_TRUE(distrust(made, stranger, now, strictness::usual));
    EXPECT_TRUE(distrust("nonsense", ca, now, strictness::usual));
}

TEST_F(certificates, outlive_a_renewal_of_the_ca_with_the_same_key) {
    auto const renewed = *make_ca(ca_key, {"CA", {}, now - days{1}, now + days{1000}});
    auto const before = *issue(ca, ca_key, key, {"x", {}, now, now + days{10}});
    auto const after = *issue(renewed, ca_key, key, {"x", {}, now, now + days{10}});
    EXPECT_EQ(distrust(before, renewed, now, strictness::rfc_5280), std::nullopt);
    EXPECT_EQ(distrust(after, ca, now, strictness::rfc_5280), std::nullopt);
    EXPECT_EQ(read_certificate(ca)->key_id, read_certificate(renewed)->key_id);
}

TEST_F(certificates, cannot_be_made_from_nonsense) {
    EXPECT_FALSE(issue("", ca_key, key, {"x", {}, now, now}));
    EXPECT_FALSE(issue(ca, "", key, {"x", {}, now, now}));
    EXPECT_FALSE(issue(ca, ca_key, key, {"x", {"nonsense"}, now, now}));
    EXPECT_FALSE(make_ca("nonsense", {"x", {}, now, now}));
    EXPECT_FALSE(read_certificate("nonsense"));
    EXPECT_FALSE(is_key(ca));
}

} // namespace
} // namespace daskd::tls
