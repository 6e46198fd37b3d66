#include "daemon/tls/given_files.hpp"
#include "tests/unit/daemon/tls/support.hpp"

#include <gmock/gmock.h>

namespace daskd::tls {
namespace {

using std::chrono::days;
using testing::ElementsAre;
using testing::HasSubstr;

class given_files : public testing::Test {
protected:
    given_files() {
        auto const ca_key = *make_key();
        auto const key_text = *make_key();
        auto const ca_text = *make_ca(ca_key, {"CA", {}, now - days{1}, now + days{100}});
        ca = test::write(dir / "ca.pem", ca_text);
        cert = test::write(dir / "c.pem",
                           *issue(ca_text, ca_key, key_text, {"x", {"DNS:a"}, now, now + days{10}}));
        key = test::write(dir / "c.key", key_text);
        other_key = test::write(dir / "other.key", *make_key());
        other_ca = test::write(dir / "other.pem", *make_ca(*make_key(), {"B", {}, now, now + days{100}}));
        nonsense = test::write(dir / "nonsense", "nonsense");
    }
    std::vector<std::string> complaints(config::given_tls const& given) {
        std::vector<std::string> all;
        for (auto const& c : check_given_files(given, now))
            all.push_back(c.key + ": " + c.text);
        return all;
    }

    test::scratch dir;
    time now = test::today();
    std::string ca, cert, key, other_key, other_ca, nonsense;
};

TEST_F(given_files, that_belong_together_are_good) {
    EXPECT_THAT(complaints({ca, cert, key}), testing::IsEmpty());
    EXPECT_THAT(complaints({other_ca, other_ca, other_key}), testing::SizeIs(1))
        << "self-signed, but not its key";
}

TEST_F(given_files, that_are_wrong_are_named) {
    EXPECT_THAT(
        complaints({"ca.pem", "/nowhere/c.pem", key}),
        ElementsAre("ca_file: 'ca.pem' must begin with / or ~/", "cert: there is no file /nowhere/c.pem"));
    EXPECT_THAT(complaints({nonsense, nonsense, nonsense}),
                ElementsAre("ca_file: " + nonsense + " holds no certificate (PEM)",
                            "cert: " + nonsense + " holds no certificate (PEM)",
                            "key: " + nonsense + " holds no private key (PEM, without a passphrase)"));
    EXPECT_THAT(complaints({ca, cert, other_key}),
                ElementsAre("key: " + other_key + " is not the key of " + cert));
    EXPECT_THAT(complaints({other_ca, cert, key}),
                ElementsAre(HasSubstr("cert: " + cert + " is not trusted by " + other_ca + ": ")));
    now += days{11};
    EXPECT_THAT(complaints({ca, cert, key}), ElementsAre(HasSubstr("certificate has expired")));
}

TEST_F(given_files, have_an_id_that_changes_with_them) {
    auto const before = use_given_files({ca, cert, key});
    EXPECT_EQ(use_given_files({ca, cert, key}), before);
    test::write(cert, test::read(other_ca));
    EXPECT_NE(use_given_files({ca, cert, key}).id, before.id);
}

} // namespace
} // namespace daskd::tls
