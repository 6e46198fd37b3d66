#include "ctl/render/status.hpp"

#include <gtest/gtest.h>

namespace daskd::ctl {
namespace {

worker_view running_worker(std::string name) {
    worker_view w;
    w.name = std::move(name);
    w.pool = "local";
    w.host = "localhost";
    w.state = "running";
    w.pid = 42;
    w.threads = 2;
    w.uptime_s = 2.5;
    return w;
}

cluster_view running_cluster() {
    cluster_view view;
    view.cluster = "default";
    view.state = "running";
    view.scheduler = scheduler_view{};
    view.scheduler->state = "running";
    view.scheduler->pid = 2;
    view.scheduler->address = "tcp://127.0.0.1:8786";
    view.pools = {{"local", "local", 1, 1}};
    view.workers = {running_worker("local-0")};
    view.summary.desired = view.summary.running = 1;
    return view;
}

std::string plain(cluster_view const& view) {
    return render_status(view, style(false));
}

TEST(render_status, shows_a_plain_cluster_in_few_columns) {
    EXPECT_EQ(plain(running_cluster()), "● default: running, 1 of 1 worker running\n"
                                        "  scheduler  tcp://127.0.0.1:8786  (pid 2)\n"
                                        "\n"
                                        "  NAME     STATE    PID  THREADS  UPTIME\n"
                                        "  local-0  running   42        2    2.5s\n");
}

TEST(render_status, tells_how_often_a_worker_has_been_tried) {
    auto view = running_cluster();
    auto& w = view.workers[0];
    w.state = "backoff";
    w.next_start_in_s = 1.2;
    w.attempt = 3;
    EXPECT_NE(plain(view).find("backoff 1.2s, attempt 3  "), std::string::npos) << plain(view);
    w.attempts_allowed = 10;
    EXPECT_NE(plain(view).find("backoff 1.2s, attempt 3 of 10  "), std::string::npos) << plain(view);
    w.state = "failed";
    w.next_start_in_s.reset();
    w.attempt = 10;
    EXPECT_NE(plain(view).find("failed, attempt 10 of 10  "), std::string::npos) << plain(view);
    w.state = "running";
    EXPECT_EQ(plain(view).find("attempt"), std::string::npos) << plain(view);
}

TEST(render_status, shows_a_last_exit_in_a_line) {
    auto view = running_cluster();
    view.workers[0].last_exit = exit_view{};
    view.workers[0].last_exit->text = "exited with code 1; its last lines:\n  File x\nRuntimeError: broken";
    EXPECT_NE(plain(view).find("exited with code 1: RuntimeError: broken\n"), std::string::npos)
        << plain(view);
    view.workers[0].last_exit->text = "killed by SIGKILL";
    EXPECT_NE(plain(view).find("  killed by SIGKILL\n"), std::string::npos) << plain(view);
}

TEST(render_status, tells_which_pools_adapt) {
    auto view = running_cluster();
    view.pools[0].adapt = adapt_view{0, 10, 1, 3, 5};
    EXPECT_NE(plain(view).find("  adapt      local: 0 to 10 workers, now 1\n"), std::string::npos)
        << plain(view);
}

TEST(render_status, shows_down_in_a_line) {
    EXPECT_EQ(plain(down_view("x")), "x: down\n");
}

TEST(render_status, adds_a_column_where_it_tells_something) {
    struct {
        char const* title;
        void (*change)(cluster_view&);
    } const cases[] = {
        {"POOL",
         [](cluster_view& v) {
             v.pools.push_back({"gpu", "local", 0, 0});
         }},
        {"HOST", [](cluster_view& v) { v.workers[0].host = "node1"; }},
        {"JOB", [](cluster_view& v) { v.workers[0].job_id = "77"; }},
        {"MEMORY", [](cluster_view& v) { v.workers[0].memory_bytes = 1; }},
        {"CPU", [](cluster_view& v) { v.workers[0].cpu_percent = 1; }},
        {"TASKS", [](cluster_view& v) { v.workers[0].executing = 1; }},
        {"RESTARTS", [](cluster_view& v) { v.workers[0].restarts = 1; }},
        {"LAST EXIT",
         [](cluster_view& v) {
             v.workers[0].last_exit = exit_view{"", "exit", 1, {}, "exit code 1"};
         }},
    };
    auto const without = plain(running_cluster());
    for (auto const& c : cases) {
        auto view = running_cluster();
        c.change(view);
        EXPECT_EQ(without.find(c.title), std::string::npos) << c.title;
        EXPECT_NE(plain(view).find(c.title), std::string::npos) << c.title;
    }
}

TEST(render_status, tells_why_a_worker_is_not_running) {
    auto view = running_cluster();
    view.state = "degraded";
    view.summary.running = 0;
    view.summary.backoff = 1;
    auto& w = view.workers[0];
    w.state = "backoff";
    w.pid.reset();
    w.uptime_s.reset();
    w.next_start_in_s = 1.25;
    w.last_exit = exit_view{"", "signal", {}, "SIGKILL", "killed by SIGKILL"};
    auto const text = plain(view);
    EXPECT_NE(text.find("degraded, 0 of 1 worker running, 1 in backoff\n"), std::string::npos) << text;
    EXPECT_NE(text.find("backoff 1.2s        2  killed by SIGKILL\n"), std::string::npos) << text;
}

TEST(render_status, shows_scheduler_tasks_and_warnings) {
    auto view = running_cluster();
    view.scheduler->state = "backoff";
    view.scheduler->address.reset();
    view.scheduler->next_start_in_s = 0.5;
    view.scheduler->last_exit = exit_view{"", "exit", 1, {}, "exit code 1"};
    view.scheduler->tasks.erred = 3;
    view.warnings = {"memory is short"};
    auto const text = render_header(view, style(false));
    EXPECT_NE(text.find("  scheduler  backoff 500ms  (pid 2)\n"), std::string::npos) << text;
    EXPECT_NE(text.find("last exit: exit code 1\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  tasks      3 erred\n"), std::string::npos) << text;
    EXPECT_NE(text.find("  warning    memory is short\n"), std::string::npos) << text;
}

TEST(render_status, colours_states) {
    EXPECT_NE(render_status(running_cluster(), style(true)).find("\033[32mrunning\033[0m"),
              std::string::npos);
}

TEST(render_summary, counts_workers) {
    auto view = running_cluster();
    view.state = "starting";
    view.summary = {};
    view.summary.desired = 8;
    view.summary.running = 3;
    view.summary.starting = 5;
    EXPECT_EQ(render_summary(view), "starting: 3 of 8 workers running, 5 starting");
}

} // namespace
} // namespace daskd::ctl
