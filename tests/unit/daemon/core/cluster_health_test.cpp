#include "tests/unit/daemon/core/world.hpp"

namespace daskd::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class health : public testing::Test {
protected:
    health() {
        w.up(plan_with(2));
        address = w.alive.at("local-0").address;
        w.take_journal();
    }
    void silent(milliseconds for_so_long) {
        w.happens(happened::worker_silent{"local-0", address, for_so_long});
    }
    void examined(char state, milliseconds cpu) {
        w.happens(happened::examined{w.at("local-0").launch(), state, cpu});
    }
    /// Ends as its agent tells that it was for its memory.
    void exceeds_memory(std::vector<std::string> const& tasks) {
        w.is_ended_for_memory("local-0", {3 << 20, 2 << 20});
        w.happens(happened::worker_unregistered{"local-0", address, 0, false, tasks});
    }

    world w;
    std::string address;
};

TEST_F(health, the_scheduler_is_asked_in_time_for_the_most_impatient_pool) {
    EXPECT_EQ(w.silence_watched, 30s);
    auto p = plan_with(2);
    p.workers[1].policy.liveness = 4s;
    w.perform(w.daskd->replan(p, w.now));
    EXPECT_EQ(w.silence_watched, 2s);
}

TEST_F(health, a_stopped_worker_is_killed_and_replaced) {
    silent(30s);
    EXPECT_THAT(w.take_journal(), ElementsAre("examine local-0"));
    examined('T', 1s);
    EXPECT_THAT(w.take_journal(), IsEmpty());
    w.pass(30s);
    silent(60s);
    examined('T', 1s);
    EXPECT_THAT(w.take_journal(), ElementsAre("examine local-0", "kill tree of local-0", "start local-0"));
    EXPECT_EQ(w.cause("local-0"), "hung");
    EXPECT_EQ(w.at("local-0").last_exit->text, "silent for 1m and stopped (state T)");
    EXPECT_EQ(w.at("local-0").attempt, 1) << "a failure, nobody asked for it";
    EXPECT_EQ(w.state(), "running");
}

TEST_F(health, a_busy_worker_is_left_alone) {
    for (int n = 2; n < 20; ++n) {
        silent(n * 15s);
        examined('R', n * 15s);
        w.pass(15s);
    }
    EXPECT_EQ(w.at("local-0").restarts, 0);
}

TEST_F(health, what_concerns_another_launch_is_ignored) {
    w.happens(happened::worker_silent{"local-0", "tcp://elsewhere", 90s});
    w.happens(happened::worker_silent{"nobody", address, 90s});
    EXPECT_THAT(w.take_journal(), IsEmpty());
    silent(90s);
    w.happens(happened::examined{{"local-0", 1}, 'T', 0s});
    w.happens(happened::examined{{"nobody", 1}, 'T', 0s});
    EXPECT_EQ(w.at("local-0").restarts, 0);
}

TEST_F(health, one_that_dask_drops_for_its_silence_is_killed_at_once) {
    w.happens(happened::worker_unregistered{"local-0", address, 0, true, {"task"}});
    EXPECT_EQ(w.cause("local-0"), "hung");
    EXPECT_EQ(w.at("local-0").last_exit->text, "silent for Dask's worker-ttl; it was working on task");
    EXPECT_EQ(w.state("local-0"), "running");
}

TEST_F(health, a_stop_that_was_asked_for_stays_one) {
    w.deaf = {"local-0"};
    w.perform(w.daskd->stop_worker("local-0", stop_manner::briskly, w.now));
    w.happens(happened::worker_unregistered{"local-0", address, 0, true, {}});
    w.pass(10s);
    EXPECT_EQ(w.cause("local-0"), "requested");
}

TEST_F(health, tasks_are_named_whenever_the_scheduler_tells_them) {
    exceeds_memory({"a", "b"});
    EXPECT_EQ(w.at("local-0").last_exit->text,
              "used 3 MiB of 2 MiB (killed by SIGKILL); it was working on a, b");
    EXPECT_EQ(w.told.back().text, "local-0 ended; it was working on a, b");
}

TEST_F(health, tasks_of_any_other_end_are_not_told) {
    w.dies("local-0");
    w.happens(happened::worker_unregistered{"local-0", address, 0, false, {"a"}});
    EXPECT_EQ(w.at("local-0").last_exit->text, "killed by SIGKILL");
}

} // namespace
} // namespace daskd::test
