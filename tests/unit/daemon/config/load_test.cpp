#include "daemon/config/load.hpp"
#include "tests/unit/daemon/config/support.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using namespace std::chrono_literals;

/// The settings of a text that has nothing wrong.
cluster_settings settings_of(std::string const& yaml, sources further = {}) {
    auto const out = test::load_text(yaml, std::move(further));
    EXPECT_THAT(test::messages(out.diagnostics), IsEmpty());
    return out.settings;
}

pool_settings pool_of(std::string const& keys) {
    auto const settings = settings_of("daskd: {pools: {p: {" + keys + "}}}");
    return settings.pools.empty() ? pool_settings{} : settings.pools.front();
}

std::vector<std::string> pool_names(cluster_settings const& settings) {
    std::vector<std::string> names;
    for (auto const& pool : settings.pools)
        names.push_back(pool.name);
    return names;
}

TEST(load, without_configuration_gives_one_local_pool) {
    auto const out = load({});
    EXPECT_THAT(out.diagnostics, IsEmpty());
    EXPECT_THAT(out.files, IsEmpty());
    pool_settings local;
    local.name = "local";
    EXPECT_THAT(out.settings.pools, ElementsAre(local));
    EXPECT_EQ(out.settings.scheduler, scheduler_settings{});
    EXPECT_EQ(out.settings.dask, json::object());
}

struct pools_case {
    std::string name;
    std::string yaml;
    std::vector<std::string> pools;
};

class pools_of : public testing::TestWithParam<pools_case> {};

TEST_P(pools_of, are_those_named_in_their_order) {
    EXPECT_EQ(pool_names(settings_of(GetParam().yaml)), GetParam().pools);
}

INSTANTIATE_TEST_SUITE_P(all, pools_of,
                         testing::ValuesIn(std::vector<pools_case>{
                             {"nothing", "", {"local"}},
                             {"empty_daskd", "daskd:", {"local"}},
                             {"only_the_scheduler", "daskd: {scheduler: {port: 9000}}", {"local"}},
                             {"pools_left_empty", "daskd: {pools: }", {"local"}},
                             {"no_pools", "daskd: {pools: {}}", {}},
                             {"named", "daskd: {pools: {z: {}, a: }}", {"z", "a"}},
                         }),
                         [](auto const& test) { return test.param.name; });

TEST(load, reads_who_ends_a_worker_for_its_memory) {
    EXPECT_EQ(pool_of("").memory_terminate, std::nullopt);
    EXPECT_EQ(pool_of("memory_terminate: null").memory_terminate, std::nullopt);
    EXPECT_EQ(pool_of("memory_terminate: 0.9").memory_terminate, 0.9);
    EXPECT_EQ(pool_of("memory_terminate: 1").memory_terminate, 1.0);
    EXPECT_EQ(pool_of("memory_terminate: false").memory_terminate, 0.0);
    EXPECT_EQ(pool_of("memory_terminate: none").memory_terminate, 0.0);
    EXPECT_EQ(pool_of("liveness: 2min").liveness, 2min);
}

TEST(load, lets_flags_add_the_local_pool) {
    sources further;
    further.flags = {{"daskd.pools.local.workers", "4"}, {"daskd.pools.local.memory", "1GiB"}};
    auto const settings = settings_of("daskd: {pools: {a: {}}}", further);
    ASSERT_THAT(pool_names(settings), ElementsAre("a", "local"));
    EXPECT_EQ(settings.pools[1].workers, 4);
    EXPECT_EQ(settings.pools[1].memory.bytes, std::uint64_t{1} << 30);
}

TEST(load, lets_each_source_override_those_before_it) {
    test::temporary_directory const directory;
    sources from;
    from.files = {
        directory.write("a.yaml", "daskd: {pools: {local: {workers: 1, threads: 1, nice: 1, args: [a]}}}"),
        directory.write("b.yaml", "daskd: {pools: {local: {workers: 2, threads: 2, nice: 2}}}")};
    from.environment = {{"DASK_DASKD__POOLS__LOCAL__WORKERS", "3"},
                        {"DASK_DASKD__POOLS__LOCAL__THREADS", "3"}};
    from.config_file = directory.write("c.yaml", "daskd: {pools: {local: {workers: 4}}}");
    auto out = load(from);
    ASSERT_THAT(test::messages(out.diagnostics), IsEmpty());
    EXPECT_EQ(out.files.size(), 3u);
    auto const& pool = out.settings.pools.at(0);
    EXPECT_THAT(pool.args, ElementsAre("a"));
    EXPECT_EQ(pool.nice, 2);
    EXPECT_EQ(pool.threads, 3);
    EXPECT_EQ(pool.workers, 4);
    from.flags = {{"daskd.pools.local.workers", "5"}};
    EXPECT_EQ(load(from).settings.pools.at(0).workers, 5);
}

TEST(load, merges_the_defaults_under_every_pool) {
    auto const settings = settings_of("daskd:\n"
                                      "  defaults: {threads: 2, env: {A: 1, B: 2}, backoff: {max: 1min}}\n"
                                      "  pools:\n"
                                      "    a: {env: {B: 3}, backoff: {initial: 1s}}\n"
                                      "    b: {threads: auto}\n");
    ASSERT_EQ(settings.pools.size(), 2u);
    EXPECT_EQ(settings.pools[0].threads, 2);
    EXPECT_THAT(settings.pools[0].env, ElementsAre(Pair("A", "1"), Pair("B", "3")));
    EXPECT_EQ(settings.pools[0].backoff, (backoff_settings{1s, 1min, 10s}));
    EXPECT_EQ(settings.pools[1].threads, std::nullopt);
    EXPECT_EQ(settings_of("daskd: {defaults: {threads: 2}}").pools.at(0).threads, 2);
}

TEST(load, takes_hyphens_for_underscores) {
    sources further;
    further.environment = {{"DASK_DASKD__POOLS__MY_POOL__STOP_TIMEOUT", "3s"}};
    auto const settings =
        settings_of("daskd: {pools: {my-pool: {stop-timeout: 1s, start-timeout: 2s}}}", further);
    ASSERT_THAT(pool_names(settings), ElementsAre("my-pool"));
    EXPECT_EQ(settings.pools[0].stop_timeout, 3s);
    EXPECT_EQ(settings.pools[0].start_timeout, 2s);
}

TEST(load, reads_every_kind_of_memory) {
    using kind = memory_setting::kind;
    EXPECT_EQ(pool_of("memory: auto").memory, memory_setting{});
    EXPECT_EQ(pool_of("memory: none").memory, (memory_setting{kind::none, 0, 0}));
    EXPECT_EQ(pool_of("memory: 4GiB").memory, (memory_setting{kind::bytes, std::uint64_t{4} << 30, 0}));
    EXPECT_EQ(pool_of("memory: 4 GB").memory, (memory_setting{kind::bytes, 4'000'000'000, 0}));
    EXPECT_EQ(pool_of("memory: 1e9").memory, (memory_setting{kind::bytes, 1'000'000'000, 0}));
    EXPECT_EQ(pool_of("memory: 100000000").memory, (memory_setting{kind::bytes, 100'000'000, 0}));
    EXPECT_EQ(pool_of("memory: 1.5GB").memory, (memory_setting{kind::bytes, 1'500'000'000, 0}));
    EXPECT_EQ(pool_of("memory: 0.25").memory, (memory_setting{kind::fraction, 0, 0.25}));
    EXPECT_EQ(pool_of("memory: 1.0").memory, (memory_setting{kind::fraction, 0, 1.0}));
}

TEST(load, reads_every_kind_of_dashboard) {
    auto const dashboard = [](std::string const& value) {
        return settings_of("daskd: {scheduler: {dashboard: " + value + "}}").scheduler.dashboard;
    };
    EXPECT_EQ(dashboard("auto"), (dashboard_setting{true, std::nullopt}));
    EXPECT_EQ(dashboard("true"), (dashboard_setting{true, std::nullopt}));
    EXPECT_EQ(dashboard("false"), (dashboard_setting{false, std::nullopt}));
    EXPECT_EQ(dashboard("off"), (dashboard_setting{false, std::nullopt}));
    EXPECT_EQ(dashboard("':8787'"), (dashboard_setting{true, ":8787"}));
    EXPECT_EQ(dashboard("'[::1]:0'"), (dashboard_setting{true, "[::1]:0"}));
    EXPECT_EQ(dashboard("9999"), (dashboard_setting{true, "127.0.0.1:9999"}));
}

TEST(load, keeps_the_text_of_variables_as_written) {
    EXPECT_THAT(
        pool_of("env: {A: 010, B: yes, C: 1e3, D: '', E: 0x1F}").env,
        ElementsAre(Pair("A", "010"), Pair("B", "yes"), Pair("C", "1e3"), Pair("D", ""), Pair("E", "0x1F")));
}

TEST(load, takes_one_text_for_a_list_of_one) {
    auto const pool = pool_of("args: --verbose, preload: [a.py, 5], warm: scipy.stats, names: x@");
    EXPECT_THAT(pool.args, ElementsAre("--verbose"));
    EXPECT_THAT(pool.preload, ElementsAre("a.py", "5"));
    EXPECT_THAT(pool.warm, ElementsAre("scipy.stats"));
    EXPECT_THAT(pool.names, ElementsAre("x@"));
}

TEST(load, reads_the_other_kinds_of_values) {
    auto const pool =
        pool_of("resources: {GPU: 1, X: 0.5}, restart: on-failure, spawn: exec, nice: -3, "
                "max_restarts: {count: 3, within: 1 hour}, orphan_timeout: 01:00:00, interface: eth0, "
                "lifetime: 1 day, lifetime-stagger: 0");
    EXPECT_THAT(pool.resources, ElementsAre(Pair("GPU", 1.0), Pair("X", 0.5)));
    EXPECT_EQ(pool.restart, restart_policy::on_failure);
    EXPECT_EQ(pool.spawn, spawn_mode::exec);
    EXPECT_EQ(pool.nice, -3);
    EXPECT_EQ(pool.max_restarts, (restart_budget{3, 1h}));
    EXPECT_EQ(pool.orphan_timeout, 1h);
    EXPECT_EQ(pool.lifetime, 24h);
    EXPECT_EQ(pool.lifetime_stagger, 0ms);
    EXPECT_EQ(pool.interface, "eth0");
}

TEST(load, reads_a_walltime_as_it_is_written) {
    for (auto const* text : {"00:30:00", "99:99:99", "30", "2-00:00:00", "UNLIMITED"})
        EXPECT_EQ(pool_of(std::string("launcher: slurm, walltime: ") + text).walltime, text);
    EXPECT_EQ(pool_of("launcher: slurm").walltime, "00:30:00");
    EXPECT_EQ(pool_of("launcher: slurm, walltime: null").walltime, std::nullopt);
}

TEST(load, lets_defaults_hold_what_is_for_some_pools_only) {
    auto const settings = settings_of("daskd: {defaults: {cores: 4}, pools: {a: {launcher: lsf}, b: {}}}");
    EXPECT_EQ(settings.pools.at(0).cores, 4);
    EXPECT_EQ(settings.pools.at(0).launcher, launcher_kind::lsf);
    EXPECT_EQ(settings.pools.at(1).launcher, launcher_kind::local);
}

TEST(load, expands_the_home_directory) {
    sources further;
    further.environment = {{"HOME", "/h"}};
    auto const settings =
        settings_of("daskd: {scheduler: {python: ~/py}, pools: {p: {python: ~/py, cwd: ~/w, "
                    "local_directory: ~/l, preload: [~/s.py], args: [~/a]}}}",
                    further);
    auto const& pool = settings.pools.at(0);
    EXPECT_EQ(settings.scheduler.python, "/h/py");
    EXPECT_EQ(pool.python, "/h/py");
    EXPECT_EQ(pool.cwd, "/h/w");
    EXPECT_EQ(pool.local_directory, "/h/l");
    EXPECT_THAT(pool.preload, ElementsAre("/h/s.py"));
    EXPECT_THAT(pool.args, ElementsAre("~/a"));
}

TEST(load, hands_on_dasks_own_configuration) {
    sources further;
    further.environment = {{"DASK_DISTRIBUTED__WORKER__MEMORY__TARGET", "0.5"},
                           {"DASK_TEMPORARY_DIRECTORY", "/t"}};
    auto const settings = settings_of("distributed: {worker: {memory: {target: 0.6, spill: 0.7}}}\n"
                                      "daskd: {}\n"
                                      "temporary-directory: /x\n",
                                      further);
    EXPECT_EQ(settings.dask,
              json::parse(R"({"distributed": {"worker": {"memory": {"target": 0.5, "spill": 0.7}}},
                                             "temporary-directory": "/t"})"));
}

TEST(load, reads_values_of_the_environment_as_python) {
    sources further;
    further.environment = {{"DASK_DASKD__POOLS__LOCAL", "{'workers': 2, 'env': {'A': 1}}"},
                           {"DASK_DASKD__POOLS__LOCAL__MEMORY", "2GB"},
                           {"DASK_DASKD__SCHEDULER__DASHBOARD", "False"},
                           {"DASK_DASKD__SCHEDULER__ARGS", "['--a', '--b']"}};
    auto const settings = settings_of("", further);
    ASSERT_THAT(pool_names(settings), ElementsAre("local"));
    EXPECT_EQ(settings.pools[0].workers, 2);
    EXPECT_THAT(settings.pools[0].env, ElementsAre(Pair("A", "1")));
    EXPECT_EQ(settings.pools[0].memory.bytes, 2'000'000'000u);
    EXPECT_FALSE(settings.scheduler.dashboard.wanted);
    EXPECT_THAT(settings.scheduler.args, ElementsAre("--a", "--b"));
}

} // namespace
} // namespace daskd::config
