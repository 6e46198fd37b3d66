#include "ctl/command_line.hpp"
#include "ctl/commands/verbs.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace daskd::ctl {
namespace {

std::vector<std::string> words(std::string const& line) {
    std::istringstream in(line);
    return {std::istream_iterator<std::string>(in), {}};
}

struct request_case {
    char const* line;
    char const* method;
    char const* params;
};

TEST(command_line, asks_the_daemon_for) {
    // clang-format off
    request_case const cases[] = {
        {"up", "cluster.up", R"({"pools":[],"workers":null,"threads":null,"memory":null,"wait":true,"timeout_s":null})"},
        {"up --workers 8 --threads 2 --memory 4GiB gpu local", "cluster.up",
         R"({"pools":["gpu","local"],"workers":8,"threads":2,"memory":"4GiB","wait":true,"timeout_s":null})"},
        {"up --no-wait --timeout 1.5min", "cluster.up",
         R"({"pools":[],"workers":null,"threads":null,"memory":null,"wait":false,"timeout_s":90.0})"},
        {"down", "cluster.down", R"({"force":false,"wait":true,"timeout_s":null})"},
        {"down --force --timeout 2", "cluster.down", R"({"force":true,"wait":true,"timeout_s":2.0})"},
        {"restart", "cluster.restart", R"({"cold":false,"wait":true,"timeout_s":null})"},
        {"restart --cold", "cluster.restart", R"({"cold":true,"wait":true,"timeout_s":null})"},
        {"start-scheduler", "scheduler.start", R"({"wait":true,"timeout_s":null})"},
        {"stop-scheduler --no-wait", "scheduler.stop", R"({"wait":false,"timeout_s":null})"},
        {"restart-scheduler", "scheduler.restart", R"({"wait":true,"timeout_s":null})"},
        {"start-worker a", "worker.start", R"({"names":["a"],"wait":true,"timeout_s":null})"},
        {"stop-worker gpu-* --timeout 500ms", "worker.stop", R"({"names":["gpu-*"],"force":false,"wait":true,"timeout_s":0.5})"},
        {"restart-worker a b", "worker.restart",
         R"({"names":["a","b"],"force":false,"wait":true,"timeout_s":null})"},
        {"restart-worker --force a", "worker.restart",
         R"({"names":["a"],"force":true,"wait":true,"timeout_s":null})"},
        {"scale 8", "pool.scale", R"({"pools":{"":8},"force":false,"wait":true,"timeout_s":null})"},
        {"scale local=8 gpu=0 --force", "pool.scale", R"({"pools":{"local":8,"gpu":0},"force":true,"wait":true,"timeout_s":null})"},
        {"status", "cluster.status", R"({"names":[]})"},
        {"status a gpu-*", "cluster.status", R"({"names":["a","gpu-*"]})"},
        {"wait", "cluster.wait", R"({"names":[],"state":"running","workers":null,"timeout_s":null})"},
        {"wait --workers 4 --state failed a --timeout 60s", "cluster.wait",
         R"({"names":["a"],"state":"failed","workers":4,"timeout_s":60.0})"},
        {"logs", "logs.read", R"({"names":[],"lines":20,"since":null})"},
        {"logs -n 5 scheduler --since 2026-01-01T00:00:00Z", "logs.read", R"({"names":["scheduler"],"lines":5,"since":1767225600.0})"},
        {"logs a b -f", "logs.follow", R"({"names":["a","b"],"lines":20})"},
        {"events", "events.read", R"({"since":0,"limit":1000})"},
        {"events --since 17 -f", "events.subscribe", R"({"since":17})"},
        {"env", "cluster.environment", "{}"},
        {"run m:f", "job.submit", R"({"function":"m:f","args":[],"iterate":[],"loops":1,"retries":0,"shell":false})"},
        {"run m:f --arg -1 --iterate range(3) --arg @d --iterate-json [1] --loops 2 --retries 1 --name j --watch", "job.submit",
         R"j({"function":"m:f","args":[{"value":-1},{"data":"d"}],"iterate":["range(3)","[1]"],"loops":2,"retries":1,"shell":false,"name":"j"})j"},
        {"run --iterate @f --shell -- ls -l {1} --loops", "job.submit",
         R"({"command":["ls","-l","{1}","--loops"],"args":[],"iterate":["@f"],"loops":1,"retries":0,"shell":true})"},
        {"jobs", "job.list", "{}"},
        {"progress j", "job.progress", R"({"job":"j"})"},
        {"gather j", "job.gather", R"({"job":"j","only_failures":false,"wait":true,"timeout_s":null})"},
        {"gather j -o out.pkl --errors --no-wait", "job.gather",
         R"({"job":"j","only_failures":true,"wait":false,"timeout_s":null,"format":"pickle"})"},
        {"cancel j --forget", "job.cancel", R"({"job":"j","forget":true})"},
        {"scatter n /f.csv", "job.scatter", R"({"name":"n","path":"/f.csv"})"},
        {"config show", "config.show", "{}"},
        {"reload --dry-run", "cluster.reload", R"({"dry_run":true,"wait":true,"timeout_s":null})"},
        {"daemon stop", "daemon.stop", R"({"leave_cluster":false})"},
        {"daemon restart", "daemon.stop", R"({"leave_cluster":true})"},
        {"daemon status", "daemon.info", "{}"},
    };
    // clang-format on
    for (auto const& c : cases) {
        SCOPED_TRACE(c.line);
        auto const line = parse_command_line(words(c.line));
        ASSERT_TRUE(line) << line.error().what;
        ASSERT_TRUE(line->chosen);
        auto const asked = line->chosen->ask();
        ASSERT_TRUE(asked);
        EXPECT_EQ(asked->method, c.method);
        EXPECT_EQ(asked->params, json::parse(c.params));
    }
}

TEST(command_line, decides_without_the_daemon) {
    for (auto const* line :
         {"config check --config f", "config example", "reset", "clean", "daemon start --config f"}) {
        auto const parsed = parse_command_line(words(line));
        ASSERT_TRUE(parsed) << line;
        EXPECT_FALSE(parsed->chosen->ask()) << line;
    }
}

TEST(command_line, takes_global_options_before_and_after_the_verb) {
    for (auto const* line :
         {"--cluster x --color never --json status", "status --json --color=never --cluster x"}) {
        auto const parsed = parse_command_line(words(line));
        ASSERT_TRUE(parsed) << line;
        EXPECT_EQ(parsed->options.cluster, "x");
        EXPECT_EQ(parsed->options.color, color_mode::never);
        EXPECT_TRUE(parsed->options.wants_json);
    }
}

struct mistake_case {
    char const* line;
    char const* what;
    char const* hint;
};

TEST(command_line, explains_a_mistake) {
    // clang-format off
    mistake_case const cases[] = {
        {"", "'daskctl' needs a verb", "see: daskctl --help"},
        {"statsu", "unknown verb 'statsu'", "did you mean 'status'?"},
        {"xyzzy", "unknown verb 'xyzzy'", "see: daskctl --help"},
        {"help dwon", "unknown verb 'dwon'", "did you mean 'down'?"},
        {"config", "'daskctl config' needs a verb", "see: daskctl config --help"},
        {"config chekc", "unknown verb 'chekc'", "did you mean 'check'?"},
        {"up --wrokers=3", "unknown option '--wrokers'", "did you mean '--workers'?"},
        {"status --clutser x", "unknown option '--clutser'", "did you mean '--cluster'?"},
        {"status -q", "unknown option '-q'", "see: daskctl status --help"},
        {"down now", "'daskctl down' takes no argument 'now'", "see: daskctl down --help"},
        {"up --workers -1", "--workers: '-1' is no whole number of at least 0", "see: daskctl up --help"},
        {"scale gpu=x", "scale: 'gpu=x' is no number of workers such as 8 or gpu=8", "see: daskctl scale --help"},
        {"scale a=1 a=2", "scale: 'a=2': that pool is named twice", "see: daskctl scale --help"},
        {"run m:f --arg x", "--arg: 'x' is no JSON; a text needs its quotes: --arg '\"x\"'", "see: daskctl run --help"},
        {"down --timeout soon", "--timeout: 'soon' is no duration: 'soon' is no unit of time; write a number and a unit, such as 100ms, 10s, 5min, 2h", "see: daskctl down --help"},
    };
    // clang-format on
    for (auto const& c : cases) {
        SCOPED_TRACE(c.line);
        auto const line = parse_command_line(words(c.line));
        ASSERT_FALSE(line);
        EXPECT_EQ(line.error().code, errc::usage);
        EXPECT_EQ(line.error().what, c.what);
        EXPECT_EQ(line.error().hint, c.hint);
    }
}

TEST(command_line, needs_what_a_verb_is_about) {
    for (auto const* line :
         {"scale", "stop-worker", "up --workers", "wait --state asleep", "--color pink status", "run",
          "run --loops 0 m:f", "gather", "cancel", "progress", "scatter x"})
        EXPECT_FALSE(parse_command_line(words(line))) << line;
}

TEST(command_line, helps) {
    EXPECT_EQ(parse_command_line({"--version"})->text.substr(0, 8), "daskctl ");
    for (auto const& entry : verbs()) {
        SCOPED_TRACE(entry.name);
        auto const help = parse_command_line(words(std::string("help ") + entry.name));
        ASSERT_TRUE(help);
        EXPECT_NE(help->text.find(entry.summary), std::string::npos);
        EXPECT_NE(help->text.find(std::string("Example: ") + entry.example), std::string::npos);
        EXPECT_EQ(parse_command_line(words(std::string(entry.name) + " --help"))->text, help->text);
    }
    auto const all = parse_command_line({"help"})->text;
    EXPECT_EQ(parse_command_line({"--help"})->text, all);
    EXPECT_NE(all.find("restart-scheduler"), std::string::npos);
}

} // namespace
} // namespace daskd::ctl
