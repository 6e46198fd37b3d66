#include "daemon/core/adaptive_look.hpp"
#include "tests/unit/daemon/core/world.hpp"

namespace daskd::core {
namespace {

using testing::ElementsAre;

adapt_policy between(int minimum, int maximum) {
    adapt_policy p;
    p.minimum = minimum;
    p.maximum = maximum;
    return p;
}

plan adapting(int workers) {
    auto p = test::plan_with(workers);
    p.pools[0].adapt = between(0, 10);
    for (int n = 0; n < workers; ++n)
        p.workers[static_cast<std::size_t>(n)].number = n;
    return p;
}

config::pool_settings settings() {
    config::pool_settings s;
    s.name = "local";
    return s;
}

TEST(look_at, tells_who_has_arrived) {
    test::world w;
    w.mute = {"local-1", "local-2"};
    w.up(adapting(4));
    auto const seen = look_at(*w.daskd, "local", {5, {"local-0"}, {"local-3"}});
    EXPECT_EQ(seen.target, 5);
    EXPECT_THAT(seen.arrived, ElementsAre("local-0", "local-3"));
    EXPECT_THAT(seen.arriving, ElementsAre("local-2", "local-1")) << "the last first";
    EXPECT_THAT(seen.idle, ElementsAre("local-0"));
    EXPECT_THAT(seen.busy, ElementsAre("local-3"));
    EXPECT_EQ(seen.incarnations.at("local-3"), w.at("local-3").incarnation);
}

TEST(look_at, leaves_out_who_was_stopped_by_hand) {
    test::world w;
    w.up(adapting(2));
    w.perform(w.daskd->stop_worker("local-0", stop_manner::briskly, w.now));
    EXPECT_THAT(look_at(*w.daskd, "local", {}).arrived, ElementsAre("local-1"));
}

TEST(look_at, counts_fixed_workers_that_are_of_use) {
    auto p = adapting(3);
    p.pools.push_back({"fixed", "local", 2});
    p.workers[1].pool = p.workers[2].pool = "fixed";
    test::world w;
    w.up(p);
    EXPECT_EQ(look_at(*w.daskd, "local", {5, {}, {}}).target, 3);
    w.dies("local-1");
    w.dies("local-1");
    ASSERT_EQ(w.state("local-1"), "backoff");
    EXPECT_EQ(look_at(*w.daskd, "local", {5, {}, {}}).target, 4);
}

TEST(numbers_after, takes_the_lowest_that_are_free) {
    test::world w;
    w.up(adapting(3));
    EXPECT_THAT(numbers_after(*w.daskd, settings(), {2, {}}), ElementsAre(0, 1, 2, 3, 4));
    EXPECT_THAT(numbers_after(*w.daskd, settings(), {0, {"local-1"}}), ElementsAre(0, 2));
}

TEST(numbers_after, takes_no_name_of_a_worker_on_its_way_out) {
    test::world w;
    w.up(adapting(2));
    w.clinging = {"local-1"};
    w.perform(w.daskd->replan(adapting(1), w.now));
    ASSERT_EQ(w.state("local-1"), "stopping");
    EXPECT_THAT(numbers_after(*w.daskd, settings(), {1, {}}), ElementsAre(0, 2));
}

/// Three jobs of two workers each, which come as soon as they are wanted.
plan three_jobs() {
    auto p = adapting(6);
    p.pools[0].group = 2;
    return p;
}

config::pool_settings of_jobs() {
    auto s = settings();
    s.launcher = config::launcher_kind::slurm;
    s.processes = 2;
    return s;
}

TEST(look_at, counts_jobs_as_a_whole) {
    test::world w;
    w.mute = {"local-1", "local-4", "local-5"};
    w.up(three_jobs());
    auto const seen = look_at(*w.daskd, "local", {3, {"local-0", "local-2"}, {"local-3"}});
    EXPECT_EQ(seen.target, 4) << "a third worker needs a second job";
    EXPECT_THAT(seen.arrived, ElementsAre("local-0", "local-1", "local-2", "local-3"));
    EXPECT_THAT(seen.arriving, ElementsAre("local-5", "local-4"));
    EXPECT_THAT(seen.idle, ElementsAre("local-0", "local-1")) << "one of the other job works";
    EXPECT_THAT(seen.busy, ElementsAre("local-2", "local-3"));
}

TEST(numbers_after, takes_whole_jobs) {
    test::world w;
    w.up(three_jobs());
    EXPECT_THAT(numbers_after(*w.daskd, of_jobs(), {0, {"local-2", "local-3"}}), ElementsAre(0, 1, 4, 5));
    EXPECT_THAT(numbers_after(*w.daskd, of_jobs(), {3, {}}), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

} // namespace
} // namespace daskd::core
