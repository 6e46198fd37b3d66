#include "common/cluster_view.hpp"

#include <gtest/gtest.h>

namespace daskd {
namespace {

cluster_view full_view() {
    cluster_view view;
    view.cluster = "default";
    view.state = "degraded";
    view.daemon = daemon_view{1, "0.1.0", 3.5, 4096, "/run/control.sock"};
    scheduler_view s;
    s.state = "running";
    s.pid = 2;
    s.address = "tcp://127.0.0.1:8786";
    s.tasks = {1, 2, 3, 4};
    s.log = "/logs/scheduler.log";
    view.scheduler = s;
    view.job_runner = runner_view{"running", 7, 1, 2.5, std::nullopt, std::nullopt, "/logs/job-runner.log"};
    view.pools = {{"local", "local", 2, 1}};
    worker_view w;
    w.name = "local-0";
    w.pool = "local";
    w.state = "backoff";
    w.threads = 2;
    w.memory_limit_bytes = std::uint64_t{1} << 40;
    w.next_start_in_s = 0.5;
    w.last_exit =
        exit_view{"2026-01-01T00:00:00.000Z", "signal", std::nullopt, "SIGKILL", "killed by SIGKILL"};
    view.workers = {w};
    view.summary.desired = 2;
    view.summary.backoff = 1;
    view.warnings = {"memory is short"};
    return view;
}

std::vector<std::string> keys_of(ordered_json const& object) {
    std::vector<std::string> keys;
    for (auto const& [key, value] : object.items())
        keys.push_back(key);
    return keys;
}

TEST(cluster_view_json, comes_back_as_it_was_written) {
    for (auto const& view : {full_view(), down_view("x")}) {
        auto const parsed = parse_json(to_line(to_json(view)));
        ASSERT_TRUE(parsed);
        auto const back = cluster_view_from_json(*parsed);
        ASSERT_TRUE(back) << back.error().what;
        EXPECT_EQ(*back, view);
    }
}

TEST(cluster_view_json, keeps_the_order_of_the_contract) {
    using names = std::vector<std::string>;
    auto const value = to_json(full_view());
    EXPECT_EQ(keys_of(value), (names{"schema", "cluster", "state", "daemon", "scheduler", "pools", "workers",
                                     "summary", "warnings", "reason", "job_runner"}));
    EXPECT_EQ(keys_of(value["pools"][0]), (names{"name", "launcher", "desired", "running", "adapt"}));
    EXPECT_EQ(keys_of(value["workers"][0]), (names{"name",
                                                   "pool",
                                                   "host",
                                                   "state",
                                                   "desired",
                                                   "pid",
                                                   "address",
                                                   "threads",
                                                   "memory_limit_bytes",
                                                   "memory_bytes",
                                                   "memory_enforced_by",
                                                   "cpu_percent",
                                                   "executing",
                                                   "restarts",
                                                   "uptime_s",
                                                   "spawn",
                                                   "next_start_in_s",
                                                   "attempt",
                                                   "attempts_allowed",
                                                   "job_id",
                                                   "reason",
                                                   "log",
                                                   "last_exit"}));
    EXPECT_EQ(keys_of(value["workers"][0]["last_exit"]), (names{"at", "cause", "code", "signal", "text"}));
    EXPECT_TRUE(value["pools"][0]["adapt"].is_null());
    auto adapting = full_view();
    adapting.pools[0].adapt = adapt_view{0, 10, 1, 3, 5};
    EXPECT_EQ(keys_of(to_json(adapting)["pools"][0]["adapt"]),
              (names{"minimum", "maximum", "interval_s", "wait_count", "target_duration_s"}));
}

TEST(cluster_view_json, shows_a_cluster_without_daemon) {
    EXPECT_EQ(
        to_line(to_json(down_view("default"))),
        R"({"schema":1,"cluster":"default","state":"down","daemon":null,"scheduler":null,"pools":[],"workers":[],)"
        R"("summary":{"desired":0,"running":0,"starting":0,"backoff":0,"failed":0,"stopped":0,"unreachable":0,)"
        R"("pending":0},"warnings":[],"reason":null,"job_runner":null})");
}

TEST(cluster_view_json, takes_what_it_knows_from_another_version) {
    auto const view = cluster_view_from_json(
        {{"state", "running"}, {"new", 1}, {"workers", {{{"name", "a"}, {"new", 2}}}}});
    ASSERT_TRUE(view);
    EXPECT_EQ(view->state, "running");
    EXPECT_EQ(view->workers.at(0).name, "a");
    EXPECT_EQ(view->workers.at(0).pid, std::nullopt);
}

TEST(cluster_view_json, refuses_a_wrong_type) {
    for (auto const* text : {"[]", "3", R"({"state":1})", R"({"workers":{}})", R"({"workers":[3]})",
                             R"({"workers":[{"pid":"x"}]})", R"({"daemon":"x"})", R"({"warnings":[1]})"}) {
        EXPECT_FALSE(cluster_view_from_json(*parse_json(text))) << text;
    }
}

} // namespace
} // namespace daskd
