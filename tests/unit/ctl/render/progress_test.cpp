#include "ctl/render/progress.hpp"
#include "ctl/render/table.hpp"

#include <gmock/gmock.h>

namespace daskd::ctl {
namespace {

using testing::ElementsAre;

worker_view worker(std::string name, std::string state, std::string pool = "local") {
    worker_view w;
    w.name = std::move(name);
    w.pool = std::move(pool);
    w.host = "localhost";
    w.state = std::move(state);
    w.desired = "running";
    return w;
}

cluster_view cluster(std::vector<worker_view> workers) {
    cluster_view v;
    v.cluster = "default";
    v.state = "starting";
    v.scheduler.emplace();
    v.scheduler->state = "running";
    v.pools = {{"local", "local", static_cast<int>(workers.size()), 0}};
    for (auto const& w : workers)
        v.pools[0].running += w.state == "running" ? 1 : 0;
    v.workers = std::move(workers);
    return v;
}

TEST(progress, names_what_is_on_its_way) {
    EXPECT_THAT(render_progress_lines(cluster({worker("a", "running"), worker("b", "starting")})),
                ElementsAre("local  1 of 2 workers running, 1 starting (b)"));
    EXPECT_THAT(render_progress_lines(cluster({worker("a", "starting"), worker("b", "starting"),
                                               worker("c", "starting"), worker("d", "starting")})),
                ElementsAre("local  0 of 4 workers running, 4 starting (a, b, c and 1 more)"));
}

TEST(progress, has_a_line_for_each_pool) {
    auto view = cluster({worker("a", "running")});
    view.pools.push_back({"gpu", "ssh", 2, 0});
    view.workers.push_back(worker("g-0", "unreachable", "gpu"));
    view.workers.push_back(worker("g-1", "failed", "gpu"));
    view.workers[1].host = "node1";
    EXPECT_THAT(render_progress_lines(view),
                ElementsAre("local  1 of 1 worker running",
                            "gpu    0 of 2 workers running, 1 unreachable (node1), 1 failed (g-1)"));
}

TEST(progress, tells_what_jobs_wait_for) {
    auto view = cluster({worker("a", "pending"), worker("b", "pending"), worker("c", "pending")});
    view.workers[0].job_id = view.workers[1].job_id = "12";
    view.workers[0].reason = view.workers[1].reason = "Resources";
    view.workers[2].job_id = "13";
    EXPECT_THAT(render_progress_lines(view),
                ElementsAre("local  0 of 3 workers running, 3 in the queue (job 12: Resources, job 13)"));
}

TEST(progress, tells_when_a_failed_start_is_tried_again_and_why) {
    auto view = cluster({worker("a", "backoff"), worker("b", "backoff")});
    view.workers[0].next_start_in_s = 30;
    view.workers[1].next_start_in_s = 2;
    view.workers[1].last_exit =
        exit_view{"", "exit", 1, std::nullopt, "exited with code 1; its last lines:\nboom"};
    EXPECT_THAT(
        render_progress_lines(view),
        ElementsAre("local  0 of 2 workers running, 2 in backoff (b again in 2s: exited with code 1: boom)"));
}

TEST(progress, tells_what_holds_workers_back) {
    auto view = cluster({worker("a", "stopped")});
    EXPECT_THAT(render_progress_lines(view),
                ElementsAre("local  0 of 1 worker running, 1 waiting (for their host agent)"));
    view.scheduler->state = "backoff";
    view.scheduler->next_start_in_s = 1;
    view.scheduler->last_exit = exit_view{"", "signal", std::nullopt, "SIGKILL", "killed by SIGKILL"};
    EXPECT_THAT(render_progress_lines(view),
                ElementsAre("scheduler  backoff, again in 1s: killed by SIGKILL",
                            "local      0 of 1 worker running, 1 waiting (for the scheduler)"));
}

TEST(progress, counts_down_what_ends) {
    auto view = cluster({worker("a", "running"), worker("b", "stopping"), worker("c", "stopped")});
    view.state = "stopping";
    view.workers[2].desired = "stopped";
    EXPECT_THAT(render_progress_lines(view), ElementsAre("local  1 running, 1 stopping (b), 1 stopped"));
}

TEST(progress, is_never_empty_and_never_too_wide) {
    EXPECT_THAT(render_progress_lines(down_view("default")), ElementsAre("default  down"));
    for (auto const& line : render_progress_lines(cluster({worker("a", "starting")}), 10))
        EXPECT_EQ(display_width(line), 10U) << line;
}

} // namespace
} // namespace daskd::ctl
