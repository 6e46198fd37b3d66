#include "daemon/core/plan.hpp"
#include "tests/unit/daemon/core/plans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace daskd::core {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;

plan_input two_cores() {
    plan_input in;
    in.settings.pools.resize(1);
    in.settings.pools[0].name = "local";
    in.context = {{{"PATH", "/bin"}}, "/home/me"};
    in.local_host = {2, 8 * test::gib};
    in.pythons = {{"", "/usr/bin/python3"}, {"local", "/usr/bin/python3"}};
    in.log_dir = "/logs";
    return in;
}

TEST(make_plan, of_no_configuration_is_a_local_cluster) {
    auto const p = make_plan(two_cores());
    EXPECT_THAT(test::worker_names(p), ElementsAre("local-0", "local-1"));
    ASSERT_EQ(p.agents.size(), 1U) << "scheduler and workers share it";
    EXPECT_EQ(p.scheduler.process.agent, p.agents[0].id);
    EXPECT_EQ(p.scheduler.host, "127.0.0.1");
    EXPECT_EQ(p.scheduler.process.log, "/logs/scheduler.log");
    EXPECT_EQ(p.pools, (std::vector<pool_spec>{{"local", "local", 2}}));
    auto const& w = p.workers[1];
    EXPECT_EQ(w.threads, 1);
    EXPECT_EQ(w.memory_limit_bytes, 4 * test::gib);
    EXPECT_EQ(w.process.cwd, "/home/me");
    EXPECT_EQ(w.process.log, "/logs/local-1.log");
    EXPECT_THAT(w.process.args,
                ElementsAre("--nthreads", "1", "--memory-limit", std::to_string(4 * test::gib), "--no-nanny",
                            "--dashboard-address", "127.0.0.1:0", "--host", "127.0.0.1"));
}

TEST(make_plan, writes_a_pools_options_as_dasks) {
    auto in = two_cores();
    auto& pool = in.settings.pools[0];
    pool.memory.is = config::memory_setting::kind::none;
    pool.local_directory = "/scratch";
    pool.resources = {{"GPU", 2}, {"FOO", 0.5}};
    pool.preload = {"setup.py"};
    pool.args = {"--lifetime", "1h"};
    in.settings.scheduler.host = "10.0.0.1";
    auto const p = make_plan(in);
    EXPECT_THAT(p.workers[0].process.args,
                ElementsAre("--nthreads", "1", "--memory-limit", "0", "--no-nanny", "--dashboard-address",
                            "127.0.0.1:0", "--local-directory", "/scratch", "--resources", "FOO=0.5,GPU=2",
                            "--preload", "setup.py", "--lifetime", "1h"));
}

TEST(make_plan, an_interface_is_instead_of_loopback) {
    auto in = two_cores();
    in.settings.pools[0].interface = "eth0";
    auto const args = make_plan(in).workers[0].process.args;
    EXPECT_THAT(args, IsSupersetOf({"--interface", "eth0"}));
    EXPECT_THAT(args, testing::Not(testing::Contains("--host")));
}

TEST(make_plan, an_address_in_the_arguments_is_instead_of_loopback) {
    for (auto const* option : {"--host", "--listen-address", "--interface"}) {
        auto in = two_cores();
        in.settings.pools[0].args = {option, "x"};
        EXPECT_THAT(make_plan(in).workers[0].process.args, testing::Not(testing::Contains("127.0.0.1")));
    }
}

TEST(make_plan, keeps_all_digits_of_resources) {
    auto in = two_cores();
    in.settings.pools[0].resources = {{"MEM", 1234567890}, {"X", 0.1}};
    EXPECT_THAT(make_plan(in).workers[0].process.args, testing::Contains("MEM=1234567890,X=0.1"));
}

TEST(make_plan, spares_no_ports_for_standbys_that_workers_need) {
    struct {
        char const* ports;
        int standby;
        int kept;
    } const cases[] = {
        {"9000:9001", 1, 0}, {"9000:9002", 1, 1}, {"9000:9002", 5, 1}, {"9000:9009", 2, 2}, {"0", 1, 1}};
    for (auto const& c : cases) {
        auto in = two_cores();
        in.settings.pools[0].args = {"--worker-port", c.ports};
        in.settings.pools[0].standby = c.standby;
        auto const p = make_plan(in);
        ASSERT_EQ(p.workers.size(), 2U);
        EXPECT_EQ(p.workers[0].standby, c.kept) << c.ports;
        EXPECT_EQ(why_impossible(in.settings, p), std::nullopt);
    }
}

TEST(make_plan, tells_when_a_pool_has_more_workers_than_ports) {
    auto in = two_cores();
    in.settings.pools[0].args = {"--worker-port", "9000:9001"};
    in.scaled["local"] = 3;
    EXPECT_EQ(why_impossible(in.settings, make_plan(in)),
              "daskd.pools.local.args: only 2 ports for 3 workers: use --worker-port 9000:9002");
}

TEST(make_plan, tells_when_a_pool_could_not_grow_for_want_of_ports) {
    auto in = two_cores();
    in.settings.pools[0].args = {"--worker-port", "9000:9001"};
    in.settings.pools[0].adapt.emplace().maximum = 3;
    EXPECT_EQ(why_impossible(in.settings, make_plan(in)),
              "daskd.pools.local.args: only 2 ports for 3 workers: use --worker-port 9000:9002");
}

TEST(make_plan, tells_when_an_address_is_of_another_protocol) {
    auto in = two_cores();
    in.settings.pools[0].args = {"--listen-address", "tcp://0.0.0.0:0"};
    EXPECT_EQ(why_impossible(in.settings, make_plan(in)), std::nullopt);
    in.tls = tls_source::own;
    EXPECT_EQ(why_impossible(in.settings, make_plan(in)),
              "daskd.pools.local.args: TLS is on: --listen-address must begin with tls://");
}

TEST(make_plan, with_tls_all_are_told) {
    auto in = two_cores();
    in.settings.dask = {{"array", {{"x", 1}}}};
    EXPECT_EQ(make_plan(in).scheduler.protocol, "tcp");
    EXPECT_EQ(make_plan(in).dask, in.settings.dask);
    in.tls = tls_source::own;
    in.tls_paths = tls_files{"/ca.pem", "/c.pem", "/c.key", "/client.pem", "/client.key", "1"};
    auto const p = make_plan(in);
    EXPECT_EQ(p.scheduler.protocol, "tls");
    EXPECT_EQ(p.tls, in.tls_paths);
    EXPECT_EQ(p.dask, with_tls(in.settings.dask, *in.tls_paths));
    in.tls = tls_source::dask;
    in.tls_paths.reset();
    EXPECT_EQ(make_plan(in).scheduler.protocol, "tls");
    EXPECT_EQ(make_plan(in).dask, in.settings.dask) << "it has all already";
}

TEST(make_plan, names_come_from_the_list_and_then_from_numbers) {
    auto in = two_cores();
    in.settings.pools[0].names = {"anna", "bo@x"};
    EXPECT_THAT(test::worker_names(make_plan(in)), ElementsAre("anna", "bo@x"));
    in.settings.pools[0].workers = 3;
    EXPECT_THAT(test::worker_names(make_plan(in)), ElementsAre("anna", "bo@x", "local-2"));
}

TEST(make_plan, scaling_changes_the_number_and_never_a_workers_shape) {
    auto in = two_cores();
    auto const before = make_plan(in);
    in.scaled["local"] = 3;
    auto const after = make_plan(in);
    EXPECT_EQ(after.pools[0].desired, 3);
    EXPECT_EQ(after.workers[0], before.workers[0]);
    EXPECT_EQ(after.workers[2].threads, before.workers[0].threads);
    in.scaled["local"] = 0;
    EXPECT_TRUE(make_plan(in).workers.empty());
}

struct adaptive_case {
    char const* name;
    std::function<void(plan_input&)> edit; ///< of one that adapts between 1 and 4
    std::vector<std::string> workers;
    bool adapts = true;
};

class adaptive_plans : public testing::TestWithParam<adaptive_case> {};

TEST_P(adaptive_plans, have_the_workers_that_adaptation_chose) {
    auto in = two_cores();
    in.settings.pools[0].adapt = config::adapt_settings{1, 4, {}, {}, {}};
    GetParam().edit(in);
    auto const p = make_plan(in);
    EXPECT_EQ(test::worker_names(p), GetParam().workers);
    EXPECT_EQ(p.pools[0].adapt.has_value(), GetParam().adapts);
    EXPECT_EQ(p.pools[0].desired, static_cast<int>(GetParam().workers.size()));
}

using wanted_names = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(
    table, adaptive_plans,
    testing::Values(adaptive_case{"at_first_its_minimum", [](plan_input&) {}, {"local-0"}},
                    adaptive_case{"or_as_many_as_configured",
                                  [](plan_input& in) { in.settings.pools[0].workers = 3; },
                                  {"local-0", "local-1", "local-2"}},
                    adaptive_case{"not_beyond_its_maximum",
                                  [](plan_input& in) { in.settings.pools[0].workers = 9; },
                                  {"local-0", "local-1", "local-2", "local-3"}},
                    adaptive_case{"any_of_them",
                                  [](plan_input& in) {
                                      in.adapted["local"] = {1, 3};
                                  },
                                  {"local-1", "local-3"}},
                    adaptive_case{"filled_up_to_the_minimum",
                                  [](plan_input& in) { in.adapted["local"] = {}; },
                                  {"local-0"}},
                    adaptive_case{"turned_on_by_hand",
                                  [](plan_input& in) {
                                      in.settings.pools[0].adapt.reset();
                                      in.adapt["local"] = config::adapt_settings{2, 3, {}, {}, {}};
                                  },
                                  {"local-0", "local-1"}},
                    adaptive_case{"turned_off_by_hand_they_stay",
                                  [](plan_input& in) {
                                      in.adapt["local"] = std::nullopt;
                                      in.adapted["local"] = {0, 3};
                                  },
                                  {"local-0", "local-3"},
                                  false},
                    adaptive_case{"scaled_by_hand",
                                  [](plan_input& in) {
                                      in.adapt["local"] = std::nullopt;
                                      in.scaled["local"] = 3;
                                  },
                                  {"local-0", "local-1", "local-2"},
                                  false}),
    [](auto const& one) { return std::string(one.param.name); });

TEST(make_plan, the_workers_of_an_adaptive_pool_fit_onto_the_host_all_together) {
    auto in = two_cores();
    in.settings.pools[0].adapt = config::adapt_settings{1, 4, {}, {}, {}};
    auto const one = make_plan(in).workers[0];
    EXPECT_EQ(one.threads, 1);
    EXPECT_EQ(one.memory_limit_bytes, in.local_host.memory_bytes / 4);
}

TEST(make_plan, an_agents_id_is_the_same_on_every_run_and_follows_its_fields) {
    auto const base = make_plan(two_cores()).agents[0].id;
    EXPECT_EQ(base, make_plan(two_cores()).agents[0].id);
    EXPECT_EQ(base.size(), 8U);

    auto env = two_cores();
    env.context.env["X"] = "1";
    EXPECT_NE(make_plan(env).agents[0].id, base);
    auto cwd = two_cores();
    cwd.context.cwd = "/elsewhere";
    EXPECT_NE(make_plan(cwd).agents[0].id, base);
    auto warm = two_cores();
    warm.settings.pools[0].warm = {"numpy"};
    EXPECT_NE(make_plan(warm).agents[0].id, base);
    auto threads = two_cores();
    threads.settings.pools[0].threads = 7;
    EXPECT_EQ(make_plan(threads).agents[0].id, base) << "nothing that must precede the imports";
}

TEST(make_plan, pools_that_agree_share_an_agent) {
    auto in = two_cores();
    in.settings.pools.push_back(in.settings.pools[0]);
    in.settings.pools[1].name = "more";
    in.pythons["more"] = in.pythons["local"];
    EXPECT_EQ(make_plan(in).agents.size(), 1U);
    in.settings.pools[1].env["OMP_NUM_THREADS"] = "2";
    auto const p = make_plan(in);
    ASSERT_EQ(p.agents.size(), 2U);
    EXPECT_EQ(p.agents[1].env.at("OMP_NUM_THREADS"), "2");
    EXPECT_NE(p.workers.front().process.agent, p.workers.back().process.agent);
}

TEST(make_plan, a_scheduler_with_another_python_has_an_agent_of_its_own) {
    auto in = two_cores();
    in.pythons[""] = "/opt/python";
    auto const p = make_plan(in);
    ASSERT_EQ(p.agents.size(), 2U);
    EXPECT_EQ(p.scheduler.process.agent, p.agents[1].id);
    EXPECT_EQ(p.agents[1].python, "/opt/python");
}

TEST(make_plan, carries_the_schedulers_options) {
    auto in = two_cores();
    in.settings.scheduler.port = 9999;
    in.settings.scheduler.preload = {"a.py"};
    in.settings.scheduler.args = {"--show"};
    in.settings.scheduler.idle_timeout = milliseconds{90'000};
    in.settings.scheduler.env = {{"A", "1"}};
    in.settings.log_size_bytes = 7;
    auto const p = make_plan(in);
    EXPECT_EQ(p.scheduler.port, 9999);
    EXPECT_THAT(p.scheduler.process.args,
                ElementsAre("--idle-timeout", "90000ms", "--preload", "a.py", "--show"));
    EXPECT_EQ(p.scheduler.process.env.at("A"), "1");
    EXPECT_EQ(p.log_size_bytes, 7U);
}

} // namespace
} // namespace daskd::core
