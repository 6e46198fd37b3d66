#include "daemon/tls/own_files.hpp"
#include "daemon/tls/renewal.hpp"
#include "tests/unit/daemon/tls/support.hpp"

#include <gmock/gmock.h>

#include <map>

namespace daskd::tls {
namespace {

using std::chrono::days;

class own_files : public testing::Test {
protected:
    core::tls_files keep(time at, names wanted = {"DNS:node1"}) {
        auto kept = keep_own_files(dir / "tls", wanted, at);
        EXPECT_TRUE(kept);
        return *kept;
    }
    /// Which files a second call changes.
    std::vector<std::string> changed_by(time at, names wanted = {"DNS:node1"}) {
        auto const before = contents();
        (void)keep(at, std::move(wanted));
        std::vector<std::string> changed;
        for (auto const& [name, text] : contents())
            if (!before.contains(name) || before.at(name) != text) changed.push_back(name);
        return changed;
    }
    std::map<std::string, std::string> contents() {
        std::map<std::string, std::string> all;
        for (auto const& entry : std::filesystem::directory_iterator(dir / "tls"))
            all[entry.path().filename().string()] = test::read(entry.path());
        return all;
    }

    test::scratch dir;
    time now = test::today();
};

TEST_F(own_files, are_made_and_closed_to_others) {
    auto const files = keep(now);
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(dir / "tls").permissions(), perms::owner_all);
    for (auto const& [name, text] : contents())
        EXPECT_EQ(std::filesystem::status(dir / "tls" / name).permissions(),
                  perms::owner_read | perms::owner_write)
            << name;
    auto const ca = test::read(files.ca_file);
    for (auto const& [cert, key] :
         {std::pair(files.cert, files.key), std::pair(files.client_cert, files.client_key)}) {
        EXPECT_TRUE(belongs(test::read(cert), test::read(key)));
        EXPECT_EQ(distrust(test::read(cert), ca, now, strictness::rfc_5280), std::nullopt);
    }
    EXPECT_EQ(files.id, read_certificate(ca)->key_id);
}

TEST_F(own_files, are_left_alone_while_they_are_good) {
    (void)keep(now);
    EXPECT_THAT(changed_by(now), testing::IsEmpty());
    EXPECT_THAT(changed_by(now + certificate_lasts - certificate_margin), testing::IsEmpty());
}

TEST_F(own_files, are_renewed_in_time) {
    using testing::UnorderedElementsAre;
    auto const id = keep(now).id;
    EXPECT_THAT(changed_by(now, {"DNS:node2"}), UnorderedElementsAre("cluster.key", "cluster.pem"));
    auto const later = now + certificate_lasts - certificate_margin + days{1};
    EXPECT_THAT(changed_by(later, {"DNS:node2"}),
                UnorderedElementsAre("cluster.key", "cluster.pem", "client.key", "client.pem"));
    auto const much_later = now + ca_lasts - ca_margin + days{1};
    EXPECT_THAT(changed_by(much_later, {"DNS:node2"}),
                UnorderedElementsAre("ca.pem", "cluster.key", "cluster.pem", "client.key", "client.pem"))
        << "the CA keeps its key";
    EXPECT_EQ(keep(much_later).id, id);
}

TEST_F(own_files, that_are_damaged_are_made_anew) {
    for (auto const* name : {"ca.key", "ca.pem", "cluster.key", "cluster.pem", "client.key", "client.pem"}) {
        (void)keep(now);
        test::write(dir / "tls" / name, "nonsense");
        auto const files = keep(now);
        EXPECT_TRUE(belongs(test::read(files.cert), test::read(files.key))) << name;
        EXPECT_EQ(distrust(test::read(files.cert), test::read(files.ca_file), now, strictness::rfc_5280),
                  std::nullopt)
            << name;
        EXPECT_EQ(
            distrust(test::read(files.client_cert), test::read(files.ca_file), now, strictness::rfc_5280),
            std::nullopt)
            << name;
    }
}

} // namespace
} // namespace daskd::tls
