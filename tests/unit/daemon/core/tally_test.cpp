#include "daemon/core/tally.hpp"
#include "tests/unit/daemon/core/world.hpp"

namespace daskd::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using namespace std::chrono_literals;

TEST(time_histogram, counts_what_took_at_most_its_bounds) {
    time_histogram h;
    for (double const seconds : {0.0, 0.005, 0.0051, 60.0, 61.0})
        h.observe(seconds);
    EXPECT_EQ(h.within(0), 2U);
    EXPECT_EQ(h.within(1), 3U);
    EXPECT_EQ(h.within(time_histogram::bounds_s.size() - 1), 4U);
    EXPECT_EQ(h.count(), 5U);
    EXPECT_DOUBLE_EQ(h.sum_s(), 121.0101);
}

TEST(tally, counts_restarts_by_their_cause) {
    test::world w;
    w.up(test::plan_with(2));
    EXPECT_THAT(w.daskd->counted().worker_restarts, IsEmpty());
    w.dies("local-0");
    w.dies("local-1");
    w.pass(1min);
    w.exits("local-0", 3);
    EXPECT_THAT(w.daskd->counted().worker_restarts.at("local"),
                ElementsAre(Pair("exit", 1), Pair("signal", 2)));
    w.dies("scheduler");
    EXPECT_THAT(w.daskd->counted().scheduler_restarts, ElementsAre(Pair("signal", 1)));
    EXPECT_EQ(w.daskd->counted().worker_restarts.at("local").at("scheduler_lost"), 2U);
}

TEST(tally, counts_every_round_of_a_crash_loop_though_few_are_told) {
    test::world w;
    w.up(test::plan_with(1));
    for (int n = 0; n < 20; ++n) {
        w.dies("local-0");
        w.pass(30s);
    }
    EXPECT_EQ(w.daskd->counted().worker_restarts.at("local").at("signal"), 20U);
}

TEST(tally, does_not_count_an_end_that_is_none_of_a_restart) {
    test::world w;
    w.up(test::plan_with(1));
    w.perform(w.daskd->stop_worker("local-0", stop_manner::briskly, w.now));
    w.down();
    EXPECT_THAT(w.daskd->counted().worker_restarts, IsEmpty());
    EXPECT_THAT(w.daskd->counted().scheduler_restarts, IsEmpty());
}

TEST(tally, times_starts_but_not_the_taking_over_of_what_runs) {
    test::world w;
    w.up(test::plan_with(2));
    EXPECT_EQ(w.daskd->counted().worker_starts.at("local").count(), 2U);
    EXPECT_EQ(w.daskd->counted().scheduler_starts.count(), 1U);
    w.dies("local-0");
    EXPECT_EQ(w.daskd->counted().worker_starts.at("local").count(), 3U);
    w.daskd_dies();
    w.daskd_starts(test::plan_with(2));
    EXPECT_EQ(w.state(), "running");
    EXPECT_THAT(w.daskd->counted().worker_starts, IsEmpty());
    EXPECT_EQ(w.daskd->counted().scheduler_starts.count(), 0U);
}

} // namespace
} // namespace daskd::core
