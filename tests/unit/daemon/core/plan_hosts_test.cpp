#include "daemon/core/diff.hpp"
#include "daemon/core/plan.hpp"
#include "tests/unit/daemon/core/plans.hpp"

#include <gmock/gmock.h>

#include <algorithm>

// Plans of pools on remote hosts.

namespace daskd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

plan_input lab(std::vector<std::string> const& hosts) {
    plan_input in;
    config::pool_settings pool;
    pool.name = "lab";
    pool.launcher = config::launcher_kind::ssh;
    for (auto const& name : hosts)
        pool.hosts.emplace_back().address.name = name;
    in.settings.pools = {pool};
    in.context = {{{"PATH", "/bin"}, {"VIRTUAL_ENV", "/venv"}, {"DASK_X", "1"}, {"OMP_NUM_THREADS", "2"}},
                  "/home/me"};
    in.local_host = {2, 8 * test::gib};
    in.pythons = {{"", "/usr/bin/python3"}};
    in.log_dir = "/logs";
    in.remote_log_dir = "~/logs";
    for (auto const& name : hosts)
        in.network.routes[name] = "10.0.0.5";
    return in;
}

TEST(plan_of_hosts, says_how_to_log_in) {
    auto in = lab({"node1"});
    in.settings.pools[0].identity = {"/key"};
    in.settings.pools[0].known_hosts = "/known";
    auto const p = make_plan(in);
    EXPECT_EQ(p.agents[0].identity, std::vector<std::string>{"/key"});
    EXPECT_EQ(p.agents[0].known_hosts, "/known");
    in.settings.pools[0].identity.clear();
    EXPECT_EQ(make_plan(in).agents[0].id, p.agents[0].id) << "it is the same agent, whoever lets us in";
}

TEST(plan_of_hosts, has_an_agent_a_host_and_a_local_one_for_the_scheduler) {
    auto in = lab({"node1", "node2"});
    in.settings.pools[0].workers = 1;
    auto const p = make_plan(in);
    ASSERT_EQ(p.agents.size(), 3U);
    EXPECT_EQ(p.agents[0].host->name, "node1");
    EXPECT_EQ(p.agents[0].python, "auto");
    EXPECT_EQ(p.agents[0].cwd, "");
    EXPECT_FALSE(p.agents[0].env.contains("PATH")) << "another machine has its own";
    EXPECT_FALSE(p.agents[0].env.contains("VIRTUAL_ENV"));
    EXPECT_EQ(p.agents[0].env.at("DASK_X"), "1");
    EXPECT_EQ(p.agents[0].env.at("OMP_NUM_THREADS"), "2");
    EXPECT_FALSE(p.agents[2].host);
    EXPECT_EQ(p.scheduler.process.agent, p.agents[2].id);
    EXPECT_EQ(p.scheduler.host, "10.0.0.5");
    EXPECT_EQ(p.scheduler.why_host, "by 10.0.0.5 node1 and 1 more are reached");
    EXPECT_EQ(p.workers[1].name, "lab-node2-0");
    EXPECT_EQ(p.workers[1].host, "node2");
    EXPECT_EQ(p.workers[1].process.log, "~/logs/lab-node2-0.log");
    EXPECT_EQ(std::ranges::count(p.workers[1].process.args, "--host"), 0);
    EXPECT_EQ(p.pools, (std::vector<pool_spec>{{"lab", "ssh", 2}}));
}

TEST(plan_of_hosts, a_demanded_host_of_the_scheduler_is_taken) {
    auto in = lab({"node1"});
    in.settings.scheduler.host = "0.0.0.0";
    EXPECT_EQ(make_plan(in).scheduler.host, "0.0.0.0");
    EXPECT_EQ(make_plan(in).scheduler.why_host, "");
}

TEST(plan_of_hosts, waits_for_what_a_host_offers) {
    auto in = lab({"node1", "node2"});
    EXPECT_THAT(test::worker_names(make_plan(in)), ElementsAre("lab-node1-0", "lab-node2-0"));
    EXPECT_EQ(make_plan(in).workers[0].threads, 0) << "not known yet";
    in.hosts["node2"] = {4, 16 * test::gib};
    auto const p = make_plan(in);
    EXPECT_THAT(test::worker_names(p),
                ElementsAre("lab-node1-0", "lab-node2-0", "lab-node2-1", "lab-node2-2", "lab-node2-3"));
    EXPECT_EQ(p.workers[4].threads, 1);
    EXPECT_EQ(p.workers[4].memory_limit_bytes, 4 * test::gib);
    EXPECT_EQ(p.pools[0].desired, 5);
}

TEST(plan_of_hosts, takes_what_holds_on_a_host) {
    auto in = lab({"node1", "gpu1"});
    auto& pool = in.settings.pools[0];
    pool.workers = 2;
    auto own = pool;
    own.hosts.clear();
    own.names = {"alice@gpu1", "bob@gpu1"};
    own.python = "~/venv/bin/python";
    own.threads = 8;
    pool.hosts[1].own = {own};
    auto const p = make_plan(in);
    EXPECT_THAT(test::worker_names(p), ElementsAre("lab-node1-0", "lab-node1-1", "alice@gpu1", "bob@gpu1"));
    EXPECT_EQ(p.workers[2].threads, 8);
    EXPECT_EQ(p.agents[1].python, "~/venv/bin/python");
}

TEST(plan_of_hosts, a_host_more_or_less_touches_only_its_workers) {
    auto few = lab({"node1", "node3"});
    auto more = lab({"node1", "node2", "node3"});
    for (auto* in : {&few, &more}) {
        in->settings.pools[0].workers = 1;
        for (auto const* name : {"node1", "node2", "node3"})
            in->hosts[name] = {2, 8 * test::gib};
    }
    auto const added = diff(make_plan(few), make_plan(more));
    ASSERT_EQ(added.size(), 1U);
    EXPECT_EQ(added[0].name, "lab-node2-0");
    EXPECT_EQ(added[0].kind, change_kind::start);
    auto const removed = diff(make_plan(more), make_plan(few));
    ASSERT_EQ(removed.size(), 1U);
    EXPECT_EQ(removed[0].kind, change_kind::stop);
}

TEST(plan_of_hosts, scales_over_all_of_them) {
    auto in = lab({"node1", "node2"});
    in.settings.pools[0].workers = 2;
    in.scaled["lab"] = 3;
    EXPECT_THAT(test::worker_names(make_plan(in)), ElementsAre("lab-node1-0", "lab-node1-1", "lab-node2-0"));
}

TEST(plan_of_hosts, tolerates_a_lost_link) {
    auto in = lab({"node1"});
    in.settings.pools[0].link_tolerance = milliseconds{90'000};
    config::pool_settings local;
    local.name = "local";
    local.workers = 1;
    in.settings.pools.push_back(local);
    in.pythons["local"] = "/usr/bin/python3";
    auto const p = make_plan(in);
    EXPECT_EQ(p.workers[0].process.tcp_timeout, milliseconds{90'000});
    EXPECT_EQ(p.workers[0].policy.link_tolerance, milliseconds{90'000});
    EXPECT_EQ(p.workers[1].process.tcp_timeout, std::nullopt);
    EXPECT_EQ(p.scheduler.process.tcp_timeout, milliseconds{90'000});
}

TEST(plan_of_hosts, does_not_adapt) {
    auto in = lab({"node1"});
    in.adapt["lab"] = config::adapt_settings{};
    EXPECT_THAT(
        why_impossible(in.settings, make_plan(in)),
        testing::Optional(std::string("daskd.pools.lab.adapt: not with 'launcher: ssh' in this version")));
}

} // namespace
} // namespace daskd::core
