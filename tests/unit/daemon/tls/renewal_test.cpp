#include "daemon/tls/renewal.hpp"

#include <gmock/gmock.h>

#include <ostream>

namespace daskd::tls {

void PrintTo(renewal const& r, std::ostream* out) {
    *out << (r.ca_key ? "ca_key " : "") << (r.ca ? "ca " : "") << (r.cluster ? "cluster " : "")
         << (r.client ? "client" : "");
}

namespace {

using std::chrono::days;

time const now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

found_pair lasting(days left, names valid_for = {}) {
    return {true, facts{now + left, std::move(valid_for), ""}};
}

TEST(renewal, is_of_what_is_missing_or_ends_soon) {
    names const here{"DNS:node1", "IP:192.0.2.1"};
    found_pair const good_ca = lasting(days{3650});
    found_pair const good_cluster = lasting(days{700}, {"DNS:node1", "DNS:was", "IP:192.0.2.1"});
    found_pair const good_client = lasting(days{700});
    found_pair const key_alone{true, std::nullopt};
    found_pair const none{};
    struct {
        char const* name;
        found_files found;
        renewal due;
    } const cases[] = {
        {"all is there", {good_ca, good_cluster, good_client}, {}},
        {"nothing is there", {none, none, none}, {true, true, true, true}},
        {"the CA's key is lost", {none, good_cluster, good_client}, {true, true, true, true}},
        {"the CA's certificate is lost", {key_alone, none, none}, {false, true, true, true}},
        {"the CA ends soon", {lasting(days{1094}), good_cluster, good_client}, {false, true, false, false}},
        {"the CA lasts long enough", {lasting(days{1095}), good_cluster, good_client}, {}},
        {"the cluster's ends soon",
         {good_ca, lasting(days{364}, here), good_client},
         {false, false, true, false}},
        {"the cluster's lasts long enough", {good_ca, lasting(days{365}, here), good_client}, {}},
        {"the cluster's is over", {good_ca, key_alone, good_client}, {false, false, true, false}},
        {"the host has another address",
         {good_ca, lasting(days{700}, {"DNS:node1"}), good_client},
         {false, false, true, false}},
        {"the client's is missing", {good_ca, good_cluster, none}, {false, false, false, true}},
        {"the client's ends soon", {good_ca, good_cluster, lasting(days{364})}, {false, false, false, true}},
    };
    for (auto const& c : cases)
        EXPECT_EQ(what_to_renew(c.found, here, now), c.due) << c.name;
}

} // namespace
} // namespace daskd::tls
