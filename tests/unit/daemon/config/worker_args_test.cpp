#include "daemon/config/worker_args.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using args = std::vector<std::string>;

TEST(worker_args, options_have_their_values_in_both_forms) {
    EXPECT_EQ(option_in({"--host", "a"}, "--host"), "a");
    EXPECT_EQ(option_in({"--host=a"}, "--host"), "a");
    EXPECT_EQ(option_in({"--host=a", "--host", "b"}, "--host"), "b") << "the last one counts";
    EXPECT_EQ(option_in({"--host"}, "--host"), std::nullopt);
    EXPECT_EQ(option_in({"--hosts", "a"}, "--host"), std::nullopt);
    EXPECT_EQ(option_in({"--", "--host", "a"}, "--host"), std::nullopt) << "a preload's";
}

TEST(worker_args, ports_are_counted_where_they_are_limited) {
    struct {
        args words;
        std::optional<int> count;
    } const cases[] = {
        {{}, std::nullopt},
        {{"--worker-port", "9000"}, 1},
        {{"--worker-port=9000:9009"}, 10},
        {{"--worker-port", "0"}, std::nullopt},
        {{"--listen-address", "tcp://0.0.0.0:9000"}, 1},
        {{"--listen-address", "tls://[::]:9000"}, 1},
        {{"--listen-address", "tcp://0.0.0.0:0"}, std::nullopt},
        {{"--worker-port", "nonsense"}, std::nullopt},
    };
    for (auto const& c : cases) {
        auto const ports = worker_ports(c.words);
        EXPECT_EQ(ports ? std::optional(ports->count()) : std::nullopt, c.count)
            << testing::PrintToString(c.words);
    }
}

TEST(worker_args, what_dask_would_refuse_is_told_with_the_remedy) {
    struct {
        args words;
        std::optional<std::string> interface;
        std::optional<int> workers;
        std::vector<std::string> complaints;
    } const cases[] = {
        {{"--lifetime", "1h", "--no-dashboard"}, {}, {}, {}},
        {{"--worker-port", "9000:9001"}, {}, 2, {}},
        {{"--listen-address", "tcp://:9000", "--contact-address", "tcp://a:9000"}, {}, 1, {}},
        {{"--worker-port", "9000:9001"}, {}, 3, {"only 2 ports for 3 workers: use --worker-port 9000:9002"}},
        {{"--listen-address=tcp://:9000"},
         {},
         2,
         {"only one port for 2 workers: use --worker-port 9000:9001"}},
        {{"--listen-address", "tcp://:9000", "--worker-port", "9000"},
         {},
         1,
         {"--listen-address excludes --worker-port: write the port into the address"}},
        {{"--listen-address", "tcp://:9000", "--host", "a"},
         {},
         1,
         {"--listen-address excludes --host: write the host into the address"}},
        {{"--listen-address", "tcp://:9000"},
         "eth0",
         1,
         {"--listen-address excludes the interface: write that interface's address into it"}},
        {{"--host", "a"}, "eth0", {}, {"the interface and --host exclude each other: leave one out"}},
        {{"--worker-port", "9010:9000"},
         {},
         {},
         {"--worker-port must be a port or a range such as 9000:9010, not '9010:9000'"}},
        {{"--listen-address", "9000"},
         {},
         {},
         {"--listen-address must be like tcp://0.0.0.0:9000, not '9000'"}},
        {{"--name", "x"}, {}, {}, {"--name is daskd's to give: use `names`"}},
        {{"--nworkers=2"}, {}, {}, {"--nworkers is daskd's to give: use `workers`"}},
    };
    for (auto const& c : cases) {
        pool_settings pool;
        pool.args = c.words;
        pool.interface = c.interface;
        pool.workers = c.workers;
        EXPECT_EQ(complaints_about_args(pool), c.complaints) << testing::PrintToString(c.words);
    }
}

TEST(worker_args, addresses_are_of_the_clusters_protocol) {
    args const tcp{"--listen-address", "tcp://:9000"};
    args const tls{"--listen-address", "tls://:9000", "--contact-address", "tls://a:9000"};
    EXPECT_EQ(other_protocol(tcp, "tcp"), std::nullopt);
    EXPECT_EQ(other_protocol(tls, "tls"), std::nullopt);
    EXPECT_EQ(other_protocol({}, "tls"), std::nullopt);
    EXPECT_EQ(other_protocol(tcp, "tls"), "TLS is on: --listen-address must begin with tls://");
    EXPECT_EQ(other_protocol(tls, "tcp"), "TLS is off: --listen-address must begin with tcp://");
    EXPECT_EQ(other_protocol({"--contact-address=tcp://a:1"}, "tls"),
              "TLS is on: --contact-address must begin with tls://");
}

TEST(scheduler_args, leave_to_daskd_where_it_listens) {
    EXPECT_EQ(complaint_about_scheduler_arg("--host"), "--host is daskd's to give: use `host`");
    EXPECT_EQ(complaint_about_scheduler_arg("--port=1"), "--port is daskd's to give: use `port`");
    EXPECT_EQ(complaint_about_scheduler_arg("--interface"),
              "--interface is daskd's to give: use `host` with its address");
    EXPECT_EQ(complaint_about_scheduler_arg("--show"), std::nullopt);
    EXPECT_TRUE(complaint_about_scheduler_arg(std::string("a\0b", 3)));
}

TEST(worker_args, names_are_as_many_workers) {
    pool_settings pool;
    pool.args = {"--worker-port", "9000"};
    pool.names = {"a", "b"};
    EXPECT_THAT(complaints_about_args(pool), ElementsAre(HasSubstr("only one port for 2 workers")));
    pool.names.clear();
    EXPECT_THAT(complaints_about_args(pool), IsEmpty()) << "auto: known only on the host";
}

} // namespace
} // namespace daskd::config
