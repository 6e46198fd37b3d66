#include "daemon/core/tls.hpp"

#include <gmock/gmock.h>

namespace daskd::core {
namespace {

using mode = config::tls_setting::mode;

json const plain = json::object();
json const with_files = {
    {"distributed", {{"comm", {{"tls", {{"ca_file", "/ca"}, {"scheduler", {{"cert", "/c"}}}}}}}}}};
json const required = {{"distributed", {{"comm", {{"require_encryption", true}}}}}};
tls_files const files{"/ca.pem", "/c.pem", "/c.key", "/client.pem", "/client.key", "1"};

TEST(tls, is_on_beyond_loopback_or_when_wanted) {
    struct {
        char const* name;
        mode is;
        char const* host;
        json const& dask;
        tls_source source;
    } const cases[] = {
        {"loopback", mode::automatic, "127.0.0.1", plain, tls_source::none},
        {"by name", mode::automatic, "localhost", plain, tls_source::none},
        {"IPv6", mode::automatic, "::1", plain, tls_source::none},
        {"another of 127/8", mode::automatic, "127.1.2.3", plain, tls_source::none},
        {"with a scheme", mode::automatic, "tcp://127.0.0.1", plain, tls_source::none},
        {"all interfaces", mode::automatic, "0.0.0.0", plain, tls_source::own},
        {"all interfaces, IPv6", mode::automatic, "::", plain, tls_source::own},
        {"a name", mode::automatic, "node1", plain, tls_source::own},
        {"nothing", mode::automatic, "", plain, tls_source::own},
        {"on", mode::on, "127.0.0.1", plain, tls_source::own},
        {"off", mode::off, "0.0.0.0", plain, tls_source::none},
        {"files", mode::files, "127.0.0.1", plain, tls_source::given},
        {"Dask's own files", mode::automatic, "node1", with_files, tls_source::dask},
        {"Dask's own files, not needed", mode::automatic, "127.0.0.1", with_files, tls_source::none},
        {"Dask's own files, wanted", mode::on, "127.0.0.1", with_files, tls_source::dask},
        {"Dask requires it", mode::automatic, "127.0.0.1", required, tls_source::own},
        {"Dask requires it, and is told not to", mode::off, "127.0.0.1", required, tls_source::none},
        {"given files go first", mode::files, "node1", with_files, tls_source::given},
    };
    for (auto const& c : cases)
        EXPECT_EQ(choose_tls({c.is, {}}, c.host, c.dask), c.source) << c.name;
}

TEST(tls, is_told_to_every_process) {
    auto const told = with_tls(plain, files).at("distributed").at("comm");
    EXPECT_EQ(told.at("require-encryption"), true);
    EXPECT_EQ(told.at("tls"), (json{{"ca-file", "/ca.pem"},
                                    {"scheduler", {{"cert", "/c.pem"}, {"key", "/c.key"}}},
                                    {"worker", {{"cert", "/c.pem"}, {"key", "/c.key"}}},
                                    {"client", {{"cert", "/client.pem"}, {"key", "/client.key"}}}}));
}

TEST(tls, leaves_the_rest_of_dasks_configuration_and_no_second_spelling) {
    json const dask = {
        {"distributed",
         {{"comm", {{"require_encryption", false}, {"tls", {{"ca_file", "/x"}, {"ciphers", "A"}}}}},
          {"scheduler", {{"work-stealing", false}}}}},
        {"array", {{"chunk-size", "1MiB"}}}};
    auto const told = with_tls(dask, files);
    EXPECT_EQ(told.at("array"), dask.at("array"));
    EXPECT_EQ(told.at("distributed").at("scheduler"), dask.at("distributed").at("scheduler"));
    auto const& comm = told.at("distributed").at("comm");
    EXPECT_FALSE(comm.contains("require_encryption"));
    EXPECT_EQ(comm.at("require-encryption"), true);
    EXPECT_FALSE(comm.at("tls").contains("ca_file"));
    EXPECT_EQ(comm.at("tls").at("ca-file"), "/ca.pem");
    EXPECT_EQ(comm.at("tls").at("ciphers"), "A");
}

TEST(tls, a_worker_elsewhere_needs_files) {
    EXPECT_THAT(worker_tls_files(json::object()), testing::IsEmpty());
    EXPECT_THAT(worker_tls_files(with_tls(json::object(), files)),
                testing::ElementsAre("/ca.pem", files.cert, files.key, "/client.pem", "/client.key"));
}

TEST(tls, a_client_needs_variables_of_dask) {
    EXPECT_EQ(client_environment("tcp://a:1", std::nullopt),
              (std::map<std::string, std::string>{{"DASK_SCHEDULER_ADDRESS", "tcp://a:1"}}));
    EXPECT_EQ(
        client_environment("tls://a:1", files),
        (std::map<std::string, std::string>{{"DASK_SCHEDULER_ADDRESS", "tls://a:1"},
                                            {"DASK_DISTRIBUTED__COMM__TLS__CA_FILE", "/ca.pem"},
                                            {"DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT", "/client.pem"},
                                            {"DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY", "/client.key"}}));
}

} // namespace
} // namespace daskd::core
