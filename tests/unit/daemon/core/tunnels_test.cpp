#include "daemon/core/diff.hpp"
#include "daemon/core/tunnels.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace daskd::core {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

config::pool_settings ssh_pool(std::string name, std::vector<std::string> const& hosts) {
    config::pool_settings pool;
    pool.name = std::move(name);
    pool.launcher = config::launcher_kind::ssh;
    pool.tunnel = true;
    pool.workers = 2;
    for (auto const& host : hosts)
        pool.hosts.emplace_back().address.name = host;
    return pool;
}

/// A tunnelled pool of two hosts, and a local one.
plan_input mixed() {
    plan_input in;
    config::pool_settings local;
    local.name = "local";
    local.workers = 3;
    in.settings.pools = {ssh_pool("lab", {"node1", "node2"}), local};
    in.context = {{}, "/home/me"};
    in.local_host = {2, 8 * gib};
    in.pythons = {{"", "/usr/bin/python3"}, {"local", "/usr/bin/python3"}};
    in.log_dir = "/logs";
    in.network.routes = {{"node1", "10.0.0.5"}, {"node2", "10.0.0.5"}};
    return in;
}

std::optional<std::string> complaint(plan_input const& in) {
    return why_impossible(in.settings, make_plan(in));
}

TEST(tunnels, everybody_is_on_loopback_and_has_a_port_of_their_own) {
    auto const p = make_plan(mixed());
    EXPECT_TRUE(has_tunnels(p));
    EXPECT_EQ(p.scheduler.host, "127.0.0.1");
    EXPECT_EQ(p.scheduler.protocol, "tcp");
    for (auto const& w : p.workers) {
        EXPECT_TRUE(w.process.has_own_port) << w.name;
        EXPECT_THAT(w.process.args, Contains("--host")) << w.name;
    }
    EXPECT_EQ(why_impossible(mixed().settings, p), std::nullopt);
}

TEST(tunnels, without_them_nothing_is_so) {
    auto in = mixed();
    in.settings.pools[0].tunnel = false;
    auto const p = make_plan(in);
    EXPECT_FALSE(has_tunnels(p));
    EXPECT_EQ(p.scheduler.host, "10.0.0.5");
    EXPECT_FALSE(p.workers[0].process.has_own_port);
    EXPECT_THAT(port_needs(p), IsEmpty());
}

TEST(tunnels, need_ports_for_workers_spares_and_nannies) {
    auto in = mixed();
    in.settings.pools[0].standby = 3;
    auto const p = make_plan(in);
    auto const needs = port_needs(p);
    ASSERT_EQ(needs.size(), 6U);
    auto const of = [&](std::string const& worker) {
        auto const w = std::ranges::find(p.workers, worker, &worker_spec::name);
        auto const owners = owners_of(*w);
        EXPECT_EQ(agent_of_owner(owners.worker), w->process.agent);
        return std::pair(*std::ranges::find(needs, owners.worker, &port_need::owner),
                         *std::ranges::find(needs, owners.nanny, &port_need::owner));
    };
    auto const [node1, its_nannies] = of("lab-node1-0");
    EXPECT_EQ(node1.home, "node1");
    EXPECT_EQ(node1.count, 2 + 2 * 3 + 2);
    EXPECT_EQ(its_nannies.count, 2 + 2);
    auto const [here, nannies_here] = of("local-0");
    EXPECT_EQ(here.home, "");
    EXPECT_EQ(here.count, 3 + 2 + 2);
    EXPECT_EQ(nannies_here.count, 3 + 2);
}

TEST(tunnels, ports_of_ones_own_are_for_workers_alone) {
    auto in = mixed();
    in.settings.pools[0].args = {"--worker-port", "9000:9003"};
    auto const p = make_plan(in);
    EXPECT_EQ(p.workers[0].standby, 0);
    EXPECT_EQ(port_needs(p)[0].from, (port_choice{9000, 9003}));
    EXPECT_EQ(port_needs(p)[1].from, std::nullopt);
    EXPECT_EQ(complaint(in), std::nullopt);
    in.settings.pools[0].args = {"--worker-port", "9000:9002"};
    EXPECT_THAT(complaint(in), Optional(HasSubstr("only 3 ports for 4 workers")));
}

TEST(tunnels, and_direct_connections_do_not_mix) {
    auto in = mixed();
    auto direct = ssh_pool("direct", {"node3"});
    direct.tunnel = false;
    in.settings.pools.push_back(direct);
    EXPECT_THAT(complaint(in), Optional(HasSubstr("daskd.pools.direct: its workers could not be reached")));
}

TEST(tunnels, lead_to_loopback_alone) {
    auto in = mixed();
    in.settings.scheduler.host = "10.0.0.5";
    EXPECT_THAT(complaint(in), Optional(HasSubstr("daskd.scheduler.host")));
    in.settings.scheduler.host = "localhost";
    EXPECT_EQ(complaint(in), std::nullopt);
    for (std::size_t const pool : {0U, 1U}) {
        auto other = mixed();
        other.settings.pools[pool].args = {"--host", "10.0.0.5"};
        EXPECT_THAT(complaint(other), Optional(HasSubstr("listen on 127.0.0.1"))) << pool;
    }
}

TEST(tunnels, turned_on_and_off_renew_all_workers) {
    auto in = mixed();
    auto const with = make_plan(in);
    in.settings.pools[0].tunnel = false;
    auto const changes = diff(make_plan(in), with);
    for (auto const& change : changes) {
        if (change.name == "scheduler") continue;
        EXPECT_EQ(change.reason, "tunnel") << change.name;
    }
    EXPECT_EQ(changes.size(), 8U);
}

} // namespace
} // namespace daskd::core
