#include "run_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace daskd::ctl {
namespace {

using testing::HasSubstr;

TEST_F(run_test, without_daemon) {
    struct {
        std::vector<std::string> line;
        exit_code code;
        char const* out;
        char const* err;
    } const cases[] = {
        {{"status"}, exit_code::down, "default: down\n", ""},
        {{"--cluster", "x", "status"}, exit_code::down, "x: down\n", ""},
        {{"down"}, exit_code::done, "", "default: already down\n"},
        {{"down", "--json"}, exit_code::done, "{\"schema\":1,\"changed\":false,\"state\":\"down\"}\n", ""},
        {{"daemon", "stop"}, exit_code::done, "", "daskd: already stopped\n"},
        {{"scale", "3"},
         exit_code::no_answer,
         "",
         "daskctl: no daskd runs for cluster 'default'\n  start it with: daskctl up\n"},
        {{"wait"},
         exit_code::no_answer,
         "",
         "daskctl: no daskd runs for cluster 'default'\n  start it with: daskctl up\n"},
        {{"env"},
         exit_code::failed,
         "",
         "daskctl: cluster 'default' has no scheduler to connect to\n  start it with: daskctl up\n"},
        {{"events"}, exit_code::done, "", ""},
        {{"logs", "nobody"}, exit_code::unknown_name, "", nullptr},
        {{"reset"}, exit_code::done, "", "default: 0 files removed\n"},
        {{"--cluster", "a/b", "status"}, exit_code::usage, "", nullptr},
    };
    for (auto const& c : cases) {
        SCOPED_TRACE(testing::PrintToString(c.line));
        EXPECT_EQ(run_line(c.line), c.code);
        EXPECT_EQ(out, c.out);
        if (c.err != nullptr) {
            EXPECT_EQ(err, c.err);
        }
    }
}

TEST_F(run_test, status_ends_with_the_code_of_the_state) {
    struct {
        char const* state;
        exit_code code;
    } const cases[] = {{"running", exit_code::done},      {"down", exit_code::down},
                       {"starting", exit_code::degraded}, {"degraded", exit_code::degraded},
                       {"stopping", exit_code::degraded}, {"failed", exit_code::degraded}};
    for (auto const& c : cases) {
        start(c.state);
        EXPECT_EQ(run_line({"status"}), c.code) << c.state;
        EXPECT_EQ(run_line({"status", "--json"}), c.code) << c.state;
        EXPECT_THAT(out, testing::StartsWith("{\"schema\":1,\"cluster\":\"default\",\"state\":\""));
        stop();
    }
}

TEST_F(run_test, up_tells_what_does_not_run) {
    start("degraded", "cluster.up",
          {{"state", "degraded"},
           {"problems", {{{"name", "local-1"}, {"state", "backoff"}, {"text", "killed by SIGKILL"}}}},
           {"warnings", {"memory is short"}}});
    EXPECT_EQ(run_line({"up"}), exit_code::degraded);
    EXPECT_THAT(err, HasSubstr("warning: memory is short\n"));
    EXPECT_THAT(err, HasSubstr("  local-1: backoff: killed by SIGKILL\n"));
    EXPECT_THAT(out, HasSubstr("Client(\"tcp://127.0.0.1:8786\")"));
}

TEST_F(run_test, up_succeeds_when_all_runs) {
    start("running", "cluster.up", {{"state", "running"}, {"problems", json::array()}, {"changed", true}});
    EXPECT_EQ(run_line({"up"}), exit_code::done);
    EXPECT_EQ(err, "");
    EXPECT_EQ(daemon->asked(), (std::vector<std::string>{"daemon.info", "cluster.up", "cluster.status"}));
}

TEST_F(run_test, errors_of_the_daemon_have_exit_codes) {
    struct {
        int code;
        exit_code exit;
    } const cases[] = {{-32000, exit_code::failed},    {-32001, exit_code::unknown_name},
                       {-32002, exit_code::failed},    {-32003, exit_code::failed},
                       {-32004, exit_code::timed_out}, {-32005, exit_code::usage},
                       {-32602, exit_code::usage}};
    for (auto const& c : cases) {
        start("running", "worker.stop",
              {{"error", {{"code", c.code}, {"message", "no"}, {"data", {{"hint", "do"}}}}}});
        EXPECT_EQ(run_line({"stop-worker", "a"}), c.exit) << c.code;
        EXPECT_EQ(err, "daskctl: no\n  do\n");
        stop();
    }
}

TEST_F(run_test, prints_what_connects_a_client) {
    start("running", "cluster.environment",
          {{"environment", {{"DASK_SCHEDULER_ADDRESS", "tls://127.0.0.1:8786"}, {"DASK_A__CERT", "/a b"}}}});
    EXPECT_EQ(run_line({"env"}), exit_code::done);
    EXPECT_EQ(out, "export DASK_A__CERT='/a b'\nexport DASK_SCHEDULER_ADDRESS=tls://127.0.0.1:8786\n");
    EXPECT_EQ(run_line({"env", "--json"}), exit_code::done);
    EXPECT_EQ(json::parse(out).at("environment").at("DASK_A__CERT"), "/a b");
}

TEST_F(run_test, worker_verbs_tell_what_changed) {
    start("running", "worker.stop", {{"workers", {"a", "b"}}, {"changed", {"a"}}});
    EXPECT_EQ(run_line({"stop-worker", "*"}), exit_code::done);
    EXPECT_EQ(err, "a: stopped\nb: already stopped\n");
    EXPECT_EQ(run_line({"stop-worker", "*", "--json"}), exit_code::done);
    EXPECT_EQ(out, "{\"schema\":1,\"changed\":[\"a\"],\"workers\":[\"a\",\"b\"]}\n");
}

TEST_F(run_test, reset_spares_a_cluster_that_is_up) {
    start("running");
    EXPECT_EQ(run_line({"reset"}), exit_code::failed);
    EXPECT_EQ(err, "daskctl: cluster 'default' is not down\n  stop it with: daskctl down\n");
}

TEST_F(run_test, reset_and_clean_remove_what_is_left) {
    std::filesystem::create_directory(dir.path() / "logs");
    for (auto const* file : {"state.json", "control.sock", "logs/local-0.log"})
        std::ofstream(dir.path() / file) << "x";
    EXPECT_EQ(run_line({"reset"}), exit_code::done);
    EXPECT_FALSE(std::filesystem::exists(dir.path() / "state.json"));
    EXPECT_TRUE(std::filesystem::exists(dir.path() / "logs/local-0.log"));
    EXPECT_EQ(run_line({"clean"}), exit_code::done);
    EXPECT_FALSE(std::filesystem::exists(dir.path() / "logs/local-0.log"));
}

TEST_F(run_test, starts_daskd_and_passes_its_exit_code) {
    auto const program = dir.path() / "daskd";
    std::ofstream(program) << "#!/bin/sh\necho \"$@\" > " << (dir.path() / "args").string() << "\nexit 2\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    ::setenv("DASKD_BINARY", program.c_str(), 1);
    EXPECT_EQ(run_line({"up", "--config", "f.yaml"}), exit_code::usage);
    std::string arguments;
    std::getline(std::ifstream(dir.path() / "args") >> std::ws, arguments);
    EXPECT_EQ(arguments, "--cluster default --background --config f.yaml");
    EXPECT_EQ(run_line({"config", "check"}), exit_code::usage);
    std::getline(std::ifstream(dir.path() / "args") >> std::ws, arguments);
    EXPECT_EQ(arguments, "config check");
    ::setenv("DASKD_BINARY", "/nonexistent", 1);
    EXPECT_EQ(run_line({"daemon", "start"}), exit_code::failed);
    EXPECT_THAT(err, HasSubstr("DASKD_BINARY=/nonexistent is no program"));
    ::unsetenv("DASKD_BINARY");
}

} // namespace
} // namespace daskd::ctl
