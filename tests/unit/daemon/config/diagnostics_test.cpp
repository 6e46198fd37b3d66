#include "tests/unit/daemon/config/support.hpp"

#include <gmock/gmock.h>

/// Every complaint about a value, by its exact text.
namespace daskd::config {
namespace {

struct mistake {
    std::string name;
    std::string key; ///< below daskd.pools.p
    std::string value;
    std::string complaint;
};

class pool_mistake : public testing::TestWithParam<mistake> {};

TEST_P(pool_mistake, is_explained_with_its_place) {
    auto const& [name, key, value, complaint] = GetParam();
    auto const out = test::load_text("daskd:\n  pools:\n    p:\n      " + key + ": " + value + "\n");
    EXPECT_THAT(test::messages(out.diagnostics), testing::ElementsAre("c.yaml:4:" + complaint));
}

INSTANTIATE_TEST_SUITE_P(
    all, pool_mistake,
    testing::ValuesIn(std::vector<mistake>{
        {"unknown", "threds", "2", "7: daskd.pools.p.threds: unknown key; did you mean 'threads'?"},
        {"unknown_with_hyphens", "stop-timeot", "2",
         "7: daskd.pools.p.stop-timeot: unknown key; did you mean 'stop_timeout'?"},
        {"unlike_any", "zzz", "2", "7: daskd.pools.p.zzz: unknown key"},
        {"workers_negative", "workers", "-1",
         "16: daskd.pools.p.workers: must be a whole number from 0 to 100000 or auto, not -1"},
        {"workers_text", "workers", "many",
         "16: daskd.pools.p.workers: must be a whole number from 0 to 100000 or auto, not 'many'"},
        {"workers_quoted", "workers", "'4'",
         "16: daskd.pools.p.workers: must be a whole number from 0 to 100000 or auto, not '4'"},
        {"workers_fraction", "workers", "1.5",
         "16: daskd.pools.p.workers: must be a whole number from 0 to 100000 or auto, not 1.5"},
        {"workers_null", "workers", "null",
         "7: daskd.pools.p.workers: must be a whole number from 0 to 100000 or auto, not null"},
        {"workers_list", "workers", "[1]",
         "16: daskd.pools.p.workers: must be a whole number from 0 to 100000 or auto, not a list"},
        {"threads_zero", "threads", "0",
         "16: daskd.pools.p.threads: must be a whole number from 1 to 65536 or auto, not 0"},
        {"threads_true", "threads", "true",
         "16: daskd.pools.p.threads: must be a whole number from 1 to 65536 or auto, not true"},
        {"memory_small", "memory", "99MB",
         "15: daskd.pools.p.memory: 99MB is too small for a Dask worker (below 100 MB)"},
        {"memory_of_a_few_bytes", "memory", "4",
         "15: daskd.pools.p.memory: 4 is too small for a Dask worker (below 100 MB)"},
        {"memory_fraction_zero", "memory", "0.0",
         "15: daskd.pools.p.memory: a fraction of the host's memory is above 0 and at most 1"},
        {"memory_fraction_above_one", "memory", "1.5",
         "15: daskd.pools.p.memory: a fraction of the host's memory is above 0 and at most 1"},
        {"memory_fraction_negative", "memory", "-0.5",
         "15: daskd.pools.p.memory: a fraction of the host's memory is above 0 and at most 1"},
        {"memory_word", "memory", "lots",
         "15: daskd.pools.p.memory: must be a size such as 4GiB or a fraction of the host's memory such as "
         "0.25 or none or auto, not 'lots'"},
        {"memory_true", "memory", "true",
         "15: daskd.pools.p.memory: must be a size such as 4GiB or a fraction of the host's memory such as "
         "0.25 or none or auto, not true"},
        {"names_twice", "names", "[a, b, a]", "21: daskd.pools.p.names: 'a' is there twice"},
        {"names_invalid", "names", "[a/b]",
         "15: daskd.pools.p.names: 'a/b' is no worker name: 1 to 64 printable characters without space, '/', "
         "'*', '?', '[', ']', '\\'"},
        {"names_empty", "names", "['']",
         "15: daskd.pools.p.names: '' is no worker name: 1 to 64 printable characters without space, '/', "
         "'*', '?', '[', ']', '\\'"},
        {"names_digits", "names", "[01]",
         "15: daskd.pools.p.names: '01' is no worker name: Dask takes digits alone for a number"},
        {"names_reserved", "names", "[scheduler]",
         "15: daskd.pools.p.names: 'scheduler' is taken: it names a log of daskd's own"},
        {"names_map", "names", "{a: 1}", "14: daskd.pools.p.names: must be a list of texts, not a map"},
        {"python_empty", "python", "''",
         "15: daskd.pools.p.python: must be the path of a Python interpreter or auto, not ''"},
        {"python_number", "python", "3.11",
         "15: daskd.pools.p.python: must be the path of a Python interpreter or auto, not 3.11"},
        {"env_list", "env", "[A=1]", "12: daskd.pools.p.env: must be a map of variables, not a list"},
        {"env_null", "env", "{A: }",
         "13: daskd.pools.p.env.A: must be text; for an empty value write '', not null"},
        {"env_name", "env", "{A=B: 1}",
         "13: daskd.pools.p.env.A=B: 'A=B' is no name of an environment variable"},
        {"env_nul", "env", "{A: \"a\\0b\"}", "16: daskd.pools.p.env.A: must not contain a NUL character"},
        {"spawn", "spawn", "thread", "14: daskd.pools.p.spawn: must be fork or exec, not 'thread'"},
        {"warm", "warm", "[num-py]", "14: daskd.pools.p.warm: 'num-py' is no name of a Python module"},
        {"args_contact_alone", "args", "[--contact-address, 'tcp://a:1']",
         "13: daskd.pools.p.args: --contact-address needs --listen-address: add the address that the worker "
         "itself binds, such as tcp://0.0.0.0:9000"},
        {"resource_name", "resources", "{a b: 1}",
         "19: daskd.pools.p.resources.a b: 'a b' is no name of a resource: it must not hold '=', ',' or "
         "space"},
        {"args_null", "args", "[a, null]", "17: daskd.pools.p.args: must be text, not null"},
        {"resources_negative", "resources", "{GPU: -1}",
         "24: daskd.pools.p.resources.GPU: must be a number that is not negative, not -1"},
        {"resources_text", "resources", "{GPU: one}",
         "24: daskd.pools.p.resources.GPU: must be a number that is not negative, not 'one'"},
        {"resources_infinite", "resources", "{GPU: .inf}",
         "24: daskd.pools.p.resources.GPU: must be a number that is not negative, not .inf"},
        {"interface", "interface", "5",
         "18: daskd.pools.p.interface: must be the name of a network interface or null, not 5"},
        {"nice", "nice", "20", "13: daskd.pools.p.nice: must be a whole number from -20 to 19, not 20"},
        {"restart", "restart", "on_failure",
         "16: daskd.pools.p.restart: must be always or on-failure or never, not 'on_failure'"},
        {"backoff_number", "backoff", "5", "16: daskd.pools.p.backoff: must be a map of settings, not 5"},
        {"backoff_unknown", "backoff", "{jitter: 1}", "17: daskd.pools.p.backoff.jitter: unknown key"},
        {"backoff_negative", "backoff", "{max: -1s}",
         "22: daskd.pools.p.backoff.max: -1s is too short (below 1ms)"},
        {"backoff_crossed", "backoff", "{initial: 1min, max: 30s}",
         "16: daskd.pools.p.backoff: 'initial' is longer than 'max'"},
        {"budget_incomplete", "max_restarts", "{count: 5}", "21: daskd.pools.p.max_restarts: needs 'within'"},
        {"budget_number", "max_restarts", "5",
         "21: daskd.pools.p.max_restarts: must be a map or null, not 5"},
        {"terminate_zero", "memory_terminate", "0",
         "25: daskd.pools.p.memory_terminate: must be a fraction above 0 and at most 1 such as 0.95 or false "
         "or null, not 0"},
        {"terminate_percent", "memory_terminate", "95",
         "25: daskd.pools.p.memory_terminate: must be a fraction above 0 and at most 1 such as 0.95 or false "
         "or null, not 95"},
        {"liveness", "liveness", "10ms", "17: daskd.pools.p.liveness: 10ms is too short (below 100ms)"},
        {"timeout_zero", "start_timeout", "0", "22: daskd.pools.p.start_timeout: 0 is too short (below 1ms)"},
        {"timeout_word", "start_timeout", "soon",
         "22: daskd.pools.p.start_timeout: must be a duration such as 100ms, 10s or 5min, not 'soon'"},
        {"container_without_engine", "container", "{image: x}",
         "18: daskd.pools.p.container: needs 'engine'"},
        {"container_without_image", "container", "{engine: docker}",
         "18: daskd.pools.p.container: needs 'image'"},
        {"container_is_a_map", "container", "x",
         "18: daskd.pools.p.container: must be a map or null, not 'x'"},
        {"container_engine", "container", "{engine: lxc, image: x}",
         "27: daskd.pools.p.container.engine: must be docker or podman or apptainer, not 'lxc'"},
        {"container_unknown", "container", "{engine: docker, image: x, volumes: []}",
         "45: daskd.pools.p.container.volumes: unknown key"},
        {"container_name", "container", "{engine: docker, image: x, options: [--name=a]}",
         "55: daskd.pools.p.container.options: '--name' is daskd's own to say"},
        {"launcher_unknown", "launcher", "rocket",
         "17: daskd.pools.p.launcher: must be local or ssh or slurm or sge or htcondor or pbs or lsf, not "
         "'rocket'"},
        {"processes", "processes", "0",
         "18: daskd.pools.p.processes: must be a whole number from 1 to 100000, not 0"},
        {"job_memory", "job_memory", "4", "19: daskd.pools.p.job_memory: 4 is too small (below 95.4 MiB)"},
        {"walltime", "walltime", "[1]",
         "17: daskd.pools.p.walltime: must be a time such as 00:30:00 or null, not a list"},
        {"queue_of_two_lines", "queue", "\"a\\nb\"",
         "14: daskd.pools.p.queue: must be the name of a queue or partition or null, not 'a\nb'"},
        {"directive_of_two_lines", "directives", "[\"a\\nb\"]",
         "20: daskd.pools.p.directives: must be one line; write another entry for the next"},
        {"cores_without_queue", "cores", "4",
         "14: daskd.pools.p.cores: is for pools in job queues: this one needs 'launcher: slurm' (or sge, "
         "htcondor, pbs, lsf)"},
        {"submit_host", "submit_host", "login[1-2]",
         "20: daskd.pools.p.submit_host: must be a host such as login1 or alice@login1:2222 or null, not "
         "'login[1-2]'"},
        {"poll_interval", "poll_interval", "1ms",
         "22: daskd.pools.p.poll_interval: 1ms is too short (below 1s)"},
        {"nanny_word", "nanny", "maybe", "14: daskd.pools.p.nanny: must be true or false, not 'maybe'"},
        {"nanny_without_queue", "nanny", "true",
         "14: daskd.pools.p.nanny: is for pools in job queues in this version"},
        {"adapt_is_a_map", "adapt", "10", "14: daskd.pools.p.adapt: must be a map or null, not 10"},
        {"adapt_unknown", "adapt", "{maximun: 10}",
         "15: daskd.pools.p.adapt.maximun: unknown key; did you mean 'maximum'?"},
        {"adapt_interval", "adapt", "{interval: 1ms}",
         "25: daskd.pools.p.adapt.interval: 1ms is too short (below 10ms)"},
        {"adapt_bounds", "adapt", "{minimum: 3, maximum: 2}",
         "14: daskd.pools.p.adapt: 'minimum' is above 'maximum'"},
    }),
    [](auto const& test) { return test.param.name; });

struct cluster_mistake_case {
    std::string name;
    std::string yaml;
    std::string complaint;
};

class cluster_mistake : public testing::TestWithParam<cluster_mistake_case> {};

TEST_P(cluster_mistake, is_explained_with_its_place) {
    auto const out = test::load_text(GetParam().yaml);
    EXPECT_THAT(test::messages(out.diagnostics), testing::ElementsAre(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    all, cluster_mistake,
    testing::ValuesIn(std::vector<cluster_mistake_case>{
        {"not_a_map", "daskd: 5", "c.yaml:1:8: daskd: must be a map of settings, not 5"},
        {"unknown", "daskd: {pool: {}}", "c.yaml:1:9: daskd.pool: unknown key; did you mean 'pools'?"},
        {"pools_list", "daskd: {pools: [a]}", "c.yaml:1:16: daskd.pools: must be a map of pools, not a list"},
        {"pool_number", "daskd: {pools: {a: 5}}",
         "c.yaml:1:20: daskd.pools.a: must be a map of settings, not 5"},
        {"pool_name", "daskd: {pools: {a b: {}}}",
         "c.yaml:1:17: daskd.pools.a b: 'a b' is no pool name: 1 to 58 printable characters without space, "
         "'/', '*', '?', '[', ']', '\\'"},
        {"defaults", "daskd: {defaults: {threads: no}, pools: {a: {}, b: {}}}",
         "c.yaml:1:29: daskd.defaults.threads: must be a whole number from 1 to 65536 or auto, not no"},
        {"port", "daskd: {scheduler: {port: 65536}}",
         "c.yaml:1:27: daskd.scheduler.port: must be a whole number from 1 to 65535 or auto, not 65536"},
        {"dashboard", "daskd: {scheduler: {dashboard: a b}}",
         "c.yaml:1:32: daskd.scheduler.dashboard: must be an address such as 127.0.0.1:8787 or false or "
         "auto, not 'a b'"},
        {"dashboard_port", "daskd: {scheduler: {dashboard: ':99999'}}",
         "c.yaml:1:32: daskd.scheduler.dashboard: must be an address such as 127.0.0.1:8787 or false or "
         "auto, not ':99999'"},
        {"log_size_small", "daskd: {log_size: 10}",
         "c.yaml:1:19: daskd.log_size: 10 is too small (below 1 KiB)"},
        {"log_size_word", "daskd: {log_size: big}",
         "c.yaml:1:19: daskd.log_size: must be a size such as 16MiB, not 'big'"},
        {"http_port_alone", "daskd: {http: 9100}",
         "c.yaml:1:15: daskd.http: must be ADDRESS:PORT such as 127.0.0.1:9100, or the absolute path of a "
         "socket or null, not 9100"},
        {"http_port_too_large", "daskd: {http: 127.0.0.1:65536}",
         "c.yaml:1:15: daskd.http: must be ADDRESS:PORT such as 127.0.0.1:9100, or the absolute path of a "
         "socket or null, not '127.0.0.1:65536'"},
        {"http_long_path", "daskd: {http: /" + std::string(107, 'x') + "}",
         "c.yaml:1:15: daskd.http: a socket's path has at most 107 bytes, and this one has 108"},
        {"on_event_no_list", "daskd: {on_event: {kinds: [a]}}",
         "c.yaml:1:19: daskd.on_event: must be a list of {kinds, command}, not a map"},
        {"on_event_misspelt", "daskd: {on_event: [{kinds: [worker.fialed], command: [x]}]}",
         "c.yaml:1:29: daskd.on_event.kinds: there is no event 'worker.fialed'; did you mean "
         "'worker.failed'?"},
        {"on_event_glob", "daskd: {on_event: [{kinds: ['wroker.*'], command: [x]}]}",
         "c.yaml:1:29: daskd.on_event.kinds: 'wroker.*' matches no kind of event"},
        {"on_event_without_command", "daskd: {on_event: [{kinds: ['*']}]}",
         "c.yaml:1:20: daskd.on_event: needs 'command'"},
        {"on_event_empty", "daskd: {on_event: [{kinds: ['*'], command: []}]}",
         "c.yaml:1:44: daskd.on_event.command: must not be empty"},
        {"names_fewer_than_workers", "daskd: {pools: {a: {workers: 3, names: [x, y]}}}",
         "c.yaml:1:40: daskd.pools.a.names: only 2 for 3 workers"},
        {"name_in_two_pools", "daskd: {pools: {a: {names: [x, y]}, b: {names: [z, x]}}}",
         "c.yaml:1:52: daskd.pools.b.names: 'x' is also a worker of pool 'a'"},
        {"name_that_another_pool_makes", "daskd: {pools: {a: {}, b: {names: [a-12]}}}",
         "c.yaml:1:36: daskd.pools.b.names: 'a-12' is also a worker of pool 'a'"},
        {"jobs_and_workers", "daskd: {pools: {a: {launcher: slurm, jobs: 2, workers: 4}}}",
         "c.yaml:1:44: daskd.pools.a.jobs: either 'jobs' or 'workers', not both"},
        {"more_processes_than_cores", "daskd: {pools: {a: {launcher: sge, cores: 2, processes: 3}}}",
         "c.yaml:1:57: daskd.pools.a.processes: more than 'cores' (2): each worker needs one"},
        {"queue_of_htcondor", "daskd: {pools: {a: {launcher: htcondor, queue: x}}}",
         "c.yaml:1:48: daskd.pools.a.queue: HTCondor has no queues: write what selects machines into "
         "'directives'"},
        {"resource_spec_of_slurm", "daskd: {pools: {a: {launcher: slurm, resource_spec: x}}}",
         "c.yaml:1:53: daskd.pools.a.resource_spec: is for sge and pbs: write it into 'directives'"},
        {"names_in_the_defaults", "daskd: {defaults: {names: [x]}, pools: {a: {}, b: {}}}",
         "c.yaml:1:28: daskd.pools.b.names: 'x' is also a worker of pool 'a'"},
        {"single_name_of_another_pool", "daskd: {pools: {a: {}, b: {names: a-0}}}",
         "c.yaml:1:35: daskd.pools.b.names: 'a-0' is also a worker of pool 'a'"},
        {"bad_yaml", "daskd:\n  pools: {", "c.yaml:2:1: not valid YAML: end of map flow not found"},
    }),
    [](auto const& test) { return test.param.name; });

TEST(load, finds_all_mistakes_at_once) {
    sources further;
    further.environment = {{"DASK_DASKD__POOLS__LOCAL__NICE", "99"}};
    further.flags = {{"daskd.pools.local.workers", "-4"}, {"daskd.pools.local.memory", "{"}};
    further.config_file = "/nowhere/c.yaml";
    auto const out =
        test::load_text("daskd:\n  log_sise: 1\n  pools:\n    local:\n      threads: 0\n", further);
    EXPECT_THAT(
        test::messages(out.diagnostics),
        testing::UnorderedElementsAre(
            "/nowhere/c.yaml: there is no such file",
            "command line: daskd.pools.local.memory: not valid YAML: end of map flow not found",
            "c.yaml:2:3: daskd.log_sise: unknown key; did you mean 'log_size'?",
            "c.yaml:5:16: daskd.pools.local.threads: must be a whole number from 1 to 65536 or auto, not 0",
            "environment variable DASK_DASKD__POOLS__LOCAL__NICE: daskd.pools.local.nice: must be a whole "
            "number from -20 to 19, not 99",
            "command line: daskd.pools.local.workers: must be a whole number from 0 to 100000 or auto, not "
            "-4"));
}

TEST(load, explains_mistakes_in_tls) {
    struct {
        char const* value;
        char const* complaint;
    } const cases[] = {
        {"maybe", "c.yaml:2:8: daskd.tls: must be auto, on, off or {ca_file, cert, key}, not 'maybe'"},
        {"[on]", "c.yaml:2:8: daskd.tls: must be auto, on, off or {ca_file, cert, key}, not a list"},
        {"{ca_file: /a, cert: /b}", "c.yaml:2:8: daskd.tls: needs 'key'"},
        {"{ca_file: /a, cert: /b, key: 5}",
         "c.yaml:2:37: daskd.tls.key: must be the path of a PEM file, not 5"},
    };
    for (auto const& c : cases)
        EXPECT_THAT(
            test::messages(test::load_text("daskd:\n  tls: " + std::string(c.value) + "\n").diagnostics),
            testing::ElementsAre(c.complaint));
}

TEST(load, takes_each_form_of_tls) {
    using mode = tls_setting::mode;
    std::pair<char const*, mode> const cases[] = {{"auto", mode::automatic},
                                                  {"on", mode::on},
                                                  {"true", mode::on},
                                                  {"'on'", mode::on},
                                                  {"off", mode::off},
                                                  {"no", mode::off},
                                                  {"{ca_file: /a, cert: /b, key: /c}", mode::files}};
    for (auto const& [value, is] : cases) {
        auto const out = test::load_text("daskd: {tls: " + std::string(value) + "}");
        EXPECT_THAT(test::messages(out.diagnostics), testing::IsEmpty()) << value;
        EXPECT_EQ(out.settings.tls.is, is) << value;
    }
}

TEST(load, accepts_keys_of_later_versions_at_their_defaults) {
    auto const out = test::load_text("daskd: {tls: auto, scheduler: {container: },"
                                     " pools: {a: {nanny: false, standby: 1, walltime: 00:30:00, hosts: [],"
                                     " shebang: '#!/usr/bin/env bash', link_tolerance: 120s}}}");
    EXPECT_THAT(test::messages(out.diagnostics), testing::IsEmpty());
}

TEST(load, does_not_mind_what_is_outside_daskd) {
    auto const out = test::load_text("distributed: {threds: [], 5: }\nthreads: many\n");
    EXPECT_THAT(test::messages(out.diagnostics), testing::IsEmpty());
}

TEST(load, refuses_a_file_that_is_too_large_or_none) {
    auto const large = test::load_text(std::string((std::size_t{1} << 20) + 1, '#'));
    EXPECT_THAT(test::messages(large.diagnostics), testing::ElementsAre("c.yaml: is larger than 1 MiB"));
    sources directory;
    directory.config_file = "/";
    EXPECT_THAT(test::messages(load(directory).diagnostics), testing::ElementsAre("/: is no file"));
}

TEST(load, takes_dev_null_for_no_configuration) {
    sources from;
    from.config_file = "/dev/null";
    EXPECT_THAT(test::messages(load(from).diagnostics), testing::IsEmpty());
}

TEST(load, skips_a_file_of_dasks_that_has_vanished) {
    sources from;
    from.files = {"/nowhere/a.yaml"};
    EXPECT_THAT(test::messages(load(from).diagnostics), testing::IsEmpty());
}

} // namespace
} // namespace daskd::config
