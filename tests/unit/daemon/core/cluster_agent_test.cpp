#include "tests/unit/daemon/core/world.hpp"

// Agents that die or fail, and a new daskd that takes over what the last one left.

namespace daskd::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

TEST(cluster_agent, its_processes_outlive_it_and_a_new_one_is_started) {
    test::world w;
    w.up(test::plan_with(2));
    auto const pid = w.pid("local-0");
    w.take_journal();
    w.agent_dies("a1");
    EXPECT_THAT(w.journal, ElementsAre("start agent a1"));
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.pid("local-0"), pid);
    w.dies("local-0");
    EXPECT_EQ(w.cause("local-0"), "lost") << "nobody saw how it ended";
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_agent, a_start_that_it_did_not_confirm_is_tried_again) {
    test::world w;
    w.unheard = {"local-1"};
    w.up(test::plan_with(2));
    EXPECT_EQ(w.state("local-1"), "starting");
    w.unheard.clear();
    w.agent_dies("a1");
    EXPECT_EQ(w.cause("local-1"), "start_failed") << "the next agent does not have it";
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.at("local-0").restarts, 0);
}

TEST(cluster_agent, a_start_that_it_did_not_confirm_is_no_failure_of_the_worker) {
    test::world w;
    auto p = test::plan_with(1);
    p.workers[0].policy.restart = config::restart_policy::never;
    w.unheard = {"local-0"};
    w.up(p);
    for (int deaths = 0; deaths < 4; ++deaths) {
        w.agent_dies("a1");
        w.pass(30s);
        EXPECT_EQ(w.at("local-0").attempt, 0) << "whoever waits for it need not be told";
    }
    w.unheard.clear();
    w.agent_dies("a1");
    w.pass(30s);
    EXPECT_EQ(w.state(), "running") << "although its pool says restart: never";
}

TEST(cluster_agent, a_start_that_a_broken_connection_swallowed_is_tried_again) {
    test::world w;
    w.unheard = {"local-1"};
    w.up(test::plan_with(2));
    w.unheard.clear();
    w.pass(2min);
    EXPECT_EQ(w.state(), "running") << "its start timeout ends it, although no process answers the signal";
}

TEST(cluster_agent, that_fails_is_tried_again_with_growing_delays) {
    test::world w;
    w.broken_agents["a1"] = false;
    w.up(test::plan_with(1));
    EXPECT_EQ(w.state("scheduler"), "backoff");
    EXPECT_EQ(w.cause("scheduler"), "start_failed");
    EXPECT_EQ(w.at("local-0").last_exit->text, "it is broken");
    EXPECT_EQ(w.daskd->next_deadline(), w.now + 500ms);
    w.pass(500ms);
    EXPECT_EQ(w.daskd->next_deadline(), w.now + 1s);
    EXPECT_EQ(w.at("local-0").attempt, 2) << "counts for whoever waits for the worker";
    w.broken_agents.clear();
    w.pass(1s);
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_agent, that_starts_nothing_is_followed_by_one_that_is_asked_at_once) {
    test::world w;
    w.unstartable = {"local-0"};
    w.up(test::plan_with(1));
    w.pass(5s);
    EXPECT_EQ(w.state("local-0"), "backoff");
    EXPECT_GE(w.at("local-0").attempt, 3);
    w.unstartable.clear();
    w.agent_dies("a1");
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.at("local-0").attempt, 0) << "it was not the worker's fault";
}

TEST(cluster_agent, that_cannot_work_at_all_fails_the_cluster_until_up) {
    test::world w;
    w.broken_agents["a1"] = true;
    w.up(test::plan_with(1));
    EXPECT_EQ(w.state(), "failed");
    EXPECT_EQ(w.state("local-0"), "failed");
    EXPECT_FALSE(w.daskd->next_deadline()) << "time does not help";
    w.take_journal();
    w.pass(1h);
    EXPECT_THAT(w.journal, IsEmpty());
    w.broken_agents.clear();
    w.up(test::plan_with(1));
    EXPECT_EQ(w.state(), "running");
}

TEST(cluster_agent, that_failed_for_good_is_tried_again_by_whoever_starts_its_worker) {
    auto p = test::plan_with(2);
    p.agents.push_back({"a2", "/opt/python", {}, "/", {}, 600s});
    p.workers[1].process.agent = "a2";
    test::world w;
    w.broken_agents["a2"] = true;
    w.up(p);
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.state("local-1"), "failed");
    w.broken_agents.clear();
    w.perform(w.daskd->start_worker("local-1", w.now));
    EXPECT_EQ(w.state("local-1"), "running");
}

TEST(cluster_agent, that_dies_while_the_cluster_goes_down_is_followed_by_one_that_goes_on_with_it) {
    test::world w;
    w.up(test::plan_with(1));
    w.deaf = {"local-0"};
    w.down();
    w.take_journal();
    w.agent_dies("a1");
    EXPECT_THAT(w.journal, ElementsAre("start agent a1", "terminate local-0")) << "it may not have heard it";
    w.pass(10s);
    EXPECT_EQ(w.state(), "down");
}

TEST(cluster_agent, whose_end_swallows_a_kill_has_it_repeated_by_the_next) {
    test::world w;
    w.up(test::plan_with(1));
    w.broken_agents["a1"] = false;
    w.agent_dies("a1");
    w.perform(w.daskd->stop_worker("local-0", stop_manner::at_once, w.now));
    EXPECT_EQ(w.state("local-0"), "stopping");
    w.broken_agents.clear();
    w.pass(1s);
    EXPECT_EQ(w.state("local-0"), "stopped");
    EXPECT_EQ(w.cause("local-0"), "requested");
}

TEST(cluster_agent, a_start_that_the_next_one_has_is_no_failure) {
    test::world w;
    w.up(test::plan_with(1));
    w.settles = false;
    w.dies("local-0");
    w.step("a1");
    auto const launch = w.at("local-0").launch();
    ASSERT_TRUE(w.alive.contains("local-0")) << "it is forked, and that is not told yet";
    w.reports.clear();
    w.settles = true;
    w.agent_dies("a1");
    EXPECT_EQ(w.state("local-0"), "starting");
    EXPECT_EQ(w.at("local-0").launch(), launch);
    w.scheduler_takes("local-0");
    EXPECT_EQ(w.state("local-0"), "running");
}

TEST(cluster_agent, that_dies_again_and_again_is_started_less_and_less_often) {
    test::world w;
    w.up(test::plan_with(1));
    w.agent_dies("a1");
    EXPECT_TRUE(w.agents.contains("a1")) << "the first time at once";
    w.agent_dies("a1");
    EXPECT_FALSE(w.agents.contains("a1"));
    w.pass(500ms);
    EXPECT_TRUE(w.agents.contains("a1"));
    w.pass(10s);
    w.agent_dies("a1");
    EXPECT_TRUE(w.agents.contains("a1")) << "it was in good health for a while";
}

TEST(cluster_agent, in_a_container_is_ended_even_if_it_has_ended) {
    for (bool const is_fatal : {false, true}) {
        for (bool const is_contained : {false, true}) {
            test::world w;
            w.broken_agents["a1"] = is_fatal;
            auto p = test::plan_with(1);
            if (is_contained) p.agents[0].container.emplace();
            w.up(p);
            w.take_journal();
            w.down();
            EXPECT_EQ(w.state(), "down");
            EXPECT_EQ(std::ranges::count(w.journal, "stop agent a1"), is_contained ? 1 : 0)
                << "a container may be left of it";
        }
    }
}

TEST(cluster_agent, whose_start_takes_time_says_so) {
    test::world w;
    w.agents_answer = false;
    w.up(test::plan_with(1));
    auto const told = w.daskd->step(happened::agent_delayed{"a1", "fetching the image"}, w.now);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(std::get<wanted::tell>(told[0]).text, "fetching the image");
    EXPECT_EQ(w.state("local-0"), "stopped");
}

TEST(cluster_agent, that_no_worker_needs_any_more_is_ended) {
    test::world w;
    auto p = test::plan_with(2);
    p.agents.push_back({"a2", "/opt/python", {}, "/", {}, 600s});
    p.workers[1].process.agent = "a2";
    w.up(p);
    w.take_journal();
    w.perform(w.daskd->replan(test::plan_with(1), w.now));
    EXPECT_THAT(w.journal, Contains("stop agent a2"));
    EXPECT_THAT(w.agents, ElementsAre("a1"));
}

TEST(cluster_agent, that_was_ended_for_want_of_work_is_back_with_the_next_start) {
    auto p = test::plan_with(2);
    p.agents.push_back({"a2", "/opt/python", {}, "/", {}, 600s});
    p.workers[1].process.agent = "a2";
    test::world w;
    w.up(p);
    w.perform(w.daskd->stop_worker("local-1", stop_manner::gently, w.now));
    EXPECT_EQ(w.state("local-1"), "stopped");
    w.perform(w.daskd->start_worker("local-1", w.now));
    w.pass(1min);
    EXPECT_EQ(w.state("local-1"), "running");
}

TEST(cluster_adoption, all_that_runs_goes_on_under_its_incarnation) {
    test::world w;
    w.up(test::plan_with(2));
    auto const launch = w.at("local-0").launch();
    auto const next = w.daskd->next_incarnation();
    w.daskd_dies();
    w.take_journal();
    w.daskd_starts(test::plan_with(2));
    EXPECT_THAT(w.journal, ElementsAre("start agent a1")) << "which is found";
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.at("local-0").launch(), launch);
    EXPECT_EQ(w.at("local-0").restarts, 0);
    EXPECT_EQ(w.daskd->next_incarnation(), next) << "though the count was not saved";
    EXPECT_EQ(w.now - w.at("local-0").started_at.value(), 5s) << "its age is the agent's word";
}

TEST(cluster_adoption, an_end_while_daskd_was_away_is_told_and_made_good) {
    test::world w;
    w.up(test::plan_with(2));
    w.daskd_dies();
    w.exits("local-1", 3);
    w.told.clear();
    w.daskd_starts(test::plan_with(2));
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.cause("local-1"), "exit");
    EXPECT_EQ(w.at("local-1").last_exit->code, 3);
    EXPECT_EQ(w.at("local-1").restarts, 1);
    EXPECT_THAT(w.told, Contains(testing::Field(&wanted::tell::text,
                                                testing::HasSubstr("code 3 while daskd was away"))));
}

TEST(cluster_adoption, restart_never_holds_for_an_end_while_daskd_was_away) {
    auto p = test::plan_with(2);
    p.workers[1].policy.restart = config::restart_policy::never;
    test::world w;
    w.up(p);
    w.daskd_dies();
    w.exits("local-1", 3);
    w.daskd_starts(p);
    EXPECT_EQ(w.state("local-1"), "failed");
}

TEST(cluster_adoption, an_unknown_name_is_stopped_and_its_agent_ended) {
    test::world w;
    w.up(test::plan_with(3));
    w.daskd_dies();
    w.take_journal();
    w.daskd_starts(test::plan_with(2, 1));
    EXPECT_THAT(w.journal, testing::IsSupersetOf({"move results of local-2", "terminate local-2"}))
        << "the scheduler is heard before it goes";
    EXPECT_EQ(w.daskd->find_worker("local-2"), nullptr);
    EXPECT_EQ(w.state(), "running");

    w.daskd_dies();
    w.take_journal();
    w.daskd_starts(test::plan_with(0, 1, "b1"));
    EXPECT_EQ(w.daskd->workers().size(), 0U);
    EXPECT_FALSE(w.alive.contains("local-0"));
}

/// A new daskd has taken these workers over, and has not heard the scheduler yet.
void adopt_unheard(test::world& w, int workers) {
    w.up(test::plan_with(workers));
    w.daskd_dies();
    w.settles = false;
    w.daskd_starts(test::plan_with(workers));
    w.step("a1");
    w.take_journal();
}

TEST(cluster_adoption, what_is_stopped_before_the_scheduler_is_heard_keeps_its_results) {
    test::world w;
    adopt_unheard(w, 3);
    w.perform(w.daskd->restart_worker("local-0", stop_manner::gently, w.now));
    w.perform(w.daskd->stop_worker("local-1", stop_manner::gently, w.now));
    w.perform(w.daskd->stop_worker("local-2", stop_manner::at_once, w.now));
    EXPECT_THAT(w.take_journal(), testing::Not(Contains("terminate local-0")));
    w.settles = true;
    w.settle();
    EXPECT_THAT(w.journal, testing::IsSupersetOf({"move results of local-0", "terminate local-0",
                                                  "move results of local-1", "terminate local-1"}));
    EXPECT_THAT(w.journal, testing::Not(Contains("move results of local-2")));
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.at("local-0").restarts, 1);
    EXPECT_EQ(w.state("local-1"), "stopped");
    EXPECT_EQ(w.state("local-2"), "stopped");
}

TEST(cluster_adoption, what_is_wanted_again_before_the_scheduler_is_heard_goes_on) {
    test::world w;
    adopt_unheard(w, 1);
    w.perform(w.daskd->stop_worker("local-0", stop_manner::gently, w.now));
    w.perform(w.daskd->start_worker("local-0", w.now));
    w.settles = true;
    w.settle();
    EXPECT_THAT(w.journal, testing::Not(Contains("terminate local-0")));
    EXPECT_EQ(w.state("local-0"), "running");
    EXPECT_EQ(w.at("local-0").restarts, 0);
}

TEST(cluster_adoption, a_daskd_that_is_wanted_down_ends_what_it_finds) {
    test::world w;
    w.up(test::plan_with(2));
    w.daskd_dies();
    w.daskd_starts({});
    EXPECT_THAT(w.alive, IsEmpty());
    EXPECT_THAT(w.agents, IsEmpty());
    EXPECT_EQ(w.state(), "down");
    EXPECT_FALSE(w.daskd->next_deadline());
}

TEST(cluster_adoption, what_a_dead_agent_has_left_is_taken_over_by_its_successor) {
    test::world w;
    w.up(test::plan_with(2));
    auto const pid = w.pid("local-0");
    w.daskd_dies();
    w.agents.clear();
    w.dies("local-1");
    w.daskd_starts(test::plan_with(2));
    EXPECT_EQ(w.state(), "running");
    EXPECT_EQ(w.pid("local-0"), pid);
    EXPECT_EQ(w.at("local-1").restarts, 1);
}

TEST(cluster_adoption, a_cluster_is_not_down_before_a_left_agent_has_told_what_it_has) {
    test::world w;
    w.up(test::plan_with(1));
    w.daskd_dies();
    w.agents.clear();
    w.agents_answer = false;
    w.daskd_starts({});
    EXPECT_EQ(w.state(), "stopping");
    w.alive.clear();
    w.happens(happened::agent_ready{"a1", {}});
    EXPECT_EQ(w.state(), "down");
}

TEST(cluster_adoption, of_two_with_one_name_the_unexpected_one_goes) {
    test::world w;
    w.up(test::plan_with(1));
    auto const expected = w.at("local-0").launch();
    auto const all = w.daskd->step(
        happened::agent_ready{"a0", {{{"local-0", expected.incarnation + 7}, {4242, 1}, 1.0}}}, w.now);
    auto const is_kill = [&](effect const& e) {
        auto const* s = std::get_if<wanted::send_signal>(&e);
        return s != nullptr && s->launch.incarnation == expected.incarnation + 7 && s->signal == SIGKILL;
    };
    EXPECT_EQ(std::ranges::count_if(all, is_kill), 1);
    EXPECT_EQ(w.at("local-0").launch(), expected);
    EXPECT_GT(w.daskd->next_incarnation(), expected.incarnation + 7);
}

} // namespace
} // namespace daskd::core
