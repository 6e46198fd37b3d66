#include "daemon/config/show.hpp"
#include "daemon/config/yaml_reader.hpp"
#include "daemon/config/yaml_writer.hpp"
#include "tests/unit/daemon/config/support.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

constexpr auto everything = R"(
daskd:
  scheduler:
    host: node1
    port: 9000
    dashboard: false
    python: /opt/python
    env: {A: 1, B: 'true'}
    args: [--show]
    preload: [setup.py]
    idle_timeout: 90min
    container: {engine: docker, image: "a:1"}
  log_size: 100MB
  tls: {ca_file: /ca.pem, cert: /c.pem, key: /k.pem}
  on_event: [{kinds: worker.failed, command: [mail, me]}, {kinds: ['*.degraded'], command: [/bin/x]}]
  http: "[::1]:9100"
  pools:
    b:
      workers: 2
      names: [x@, y@]
      threads: 3
      memory: 4GiB
      python: /opt/python
      env: {A: "", B: '#', C: ": "}
      spawn: exec
      warm: []
      preload: [a.b, c.py]
      args: ["--death-timeout", 5]
      resources: {GPU: 1, X: 0.5}
      interface: lo
      local_directory: /scratch dir
      cwd: /tmp
      nice: -5
      restart: on-failure
      backoff: {initial: 1500ms, max: 2h, reset_after: 0}
      max_restarts: {count: 3, within: 90s}
      memory_terminate: 0.9
      liveness: 90s
      start_timeout: 1min
      stop_timeout: 0
      adapt: {minimum: 1, interval: 500ms, wait-count: 4, target_duration: 10}
      orphan_timeout: 1 day
      container: {engine: apptainer, image: /a.sif, command: [start.sh], options: [--nv, "--bind=/x"]}
    a: {memory: 0.25}
    c: {memory: none, memory_terminate: false}
    d:
      launcher: sge
      jobs: 3
      processes: 2
      cores: 10
      job_memory: 20GB
      queue: 768G-batch
      project: physics
      walltime: 99:99:99
      resource_spec: h_vmem=64G
      directives: [-V, -pe threaded 10]
      directives_skip: ["-j y"]
      prologue: ["module load python  # 3.11", source venv/bin/activate]
      shebang: "#!/bin/bash -l"
      log_directory: /logs
    e: {launcher: lsf, walltime: null}
    f: {launcher: slurm, walltime: 00:30:00, project: 1234}
distributed: {worker: {memory: {target: 0.5, spill: false}}, "on": ["1", null]}
)";

TEST(show, gives_the_same_settings_when_read_again) {
    auto const first = test::load_text(everything);
    ASSERT_THAT(test::messages(first.diagnostics), testing::IsEmpty());
    auto const text = show(first.settings);
    auto const second = test::load_text(text);
    ASSERT_THAT(test::messages(second.diagnostics), testing::IsEmpty()) << text;
    EXPECT_EQ(second.settings, first.settings) << text;
}

TEST(show, shows_units_as_people_write_them) {
    auto const text = show(test::load_text(everything).settings);
    for (auto const* line :
         {"log_size: 100MB\n", "memory: 4GiB\n", "initial: 1500ms\n", "orphan_timeout: 24h\n",
          "restart: on-failure\n", "dashboard: false\n", "local_directory: \"/scratch dir\"\n"})
        EXPECT_THAT(text, testing::HasSubstr(line));
}

TEST(example, is_the_defaults) {
    auto const from_example = test::load_text(example());
    EXPECT_THAT(test::messages(from_example.diagnostics), testing::IsEmpty()) << example();
    EXPECT_EQ(from_example.settings, test::load_text("").settings);
}

TEST(example, has_its_comments_beside_the_keys) {
    EXPECT_THAT(example(), testing::HasSubstr("    host: auto                      # auto: 127.0.0.1\n"));
    EXPECT_THAT(example(), testing::HasSubstr("  http: null                        # "));
}

TEST(write_yaml, quotes_only_what_would_be_something_else) {
    ordered_json const value{{"plain", "a-b/c.d:1"},
                             {"word", "true"},
                             {"number", "1"},
                             {"empty", ""},
                             {"space", "a b"},
                             {"hash", "#x"},
                             {"colon", "a:"},
                             {"flag", "--x"},
                             {"real", 1},
                             {"list", {"x", "y,z"}},
                             {"none", nullptr},
                             {"map", {{"on", {1, 2}}}},
                             {"nothing", ordered_json::object()},
                             {"deep", {{{"a", {{"b", 1}}}}}}};
    EXPECT_EQ(write_yaml(value), R"(plain: a-b/c.d:1
word: "true"
number: "1"
empty: ""
space: "a b"
hash: "#x"
colon: "a:"
flag: --x
real: 1
list: [x, "y,z"]
none: null
map:
  "on": [1, 2]
nothing: {}
deep: [{a: {b: 1}}]
)");
}

TEST(write_yaml, announces_keys_that_are_longer_than_a_reader_looks) {
    std::string const key(1100, 'k');
    ordered_json const value{{key, {{key, 1}}}, {"list", {{{key, 2}}}}};
    auto const text = write_yaml(value);
    EXPECT_EQ(text, "? " + key + "\n:\n  ? " + key + "\n  : 1\nlist: [{? " + key + " : 2}]\n");
    std::vector<diagnostic> problems;
    auto const read = read_yaml_file(text, "f", problems);
    ASSERT_TRUE(read);
    EXPECT_EQ(to_json(*read), json(value));
}

} // namespace
} // namespace daskd::config
