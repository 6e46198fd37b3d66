#include "common/agent_ledger.hpp"
#include "common/process_id.hpp"
#include "common/read_file.hpp"
#include "daemon/launch/local_launcher.hpp"
#include "tests/unit/daemon/launch/fake_agent.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace daskd::launch {
namespace {

using namespace core::happened;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

core::agent_spec const living{"a1", {}, {}, {}, {}, {}}; // without a python: found, or not at all

struct launched : testing::Test {
    launched() { agent.emplace(io, paths.agent_socket("a1")); }

    bool comes(std::function<bool()> const& condition) { return test::run_until(io, condition, 10s); }
    bool comes(std::size_t count) {
        return comes([&] { return events.size() >= count; });
    }
    template <class T>
    T const& last() {
        return std::get<T>(events.back());
    }
    json process_of(test::sleeper const& s, std::string const& name, int incarnation) {
        return {{"name", name},
                {"incarnation", incarnation},
                {"pid", s.pid()},
                {"start_time", identify(s.pid())->start_time_ticks}};
    }
    void greet(json processes = json::array(), json exits = json::array()) {
        launcher.start_agent(living);
        ASSERT_TRUE(comes([&] { return agent->count("hello") == 1; }));
        hello(std::move(processes), std::move(exits));
    }
    void hello(json processes, json exits) {
        auto const before = events.size();
        agent->say({{"event", "hello"},
                    {"pid", self.pid()},
                    {"host", "here"},
                    {"processes", std::move(processes)},
                    {"exits", std::move(exits)}});
        ASSERT_TRUE(comes(before + 1));
    }
    /// A container engine that does no more than this.
    std::string engine(std::string const& script) {
        std::ofstream(dir / "engine") << "#!/bin/sh\n" << script << "\n";
        std::filesystem::permissions(dir / "engine", std::filesystem::perms::owner_all);
        return (dir / "engine").string();
    }

    boost::asio::io_context io;
    test::temporary_directory dir;
    cluster_paths paths{"test", dir.path(), dir.path()};
    std::vector<core::event> events;
    int agents_ended = 0;
    test::sleeper self; ///< the agent's process
    std::optional<test::fake_agent> agent;
    local_launcher launcher{io.get_executor(),
                            paths,
                            {},
                            [this](core::event e) { events.push_back(std::move(e)); },
                            [this] { ++agents_ended; },
                            [](std::string const&, bool) {}};
};

TEST_F(launched, an_agent_that_lives_is_found_and_tells_what_it_has) {
    test::sleeper const worker;
    greet({process_of(worker, "local-0", 5)});
    EXPECT_EQ(agent->heard[0]["op"], "hello");
    auto const& ready = last<agent_ready>();
    EXPECT_EQ(ready.agent, "a1");
    ASSERT_EQ(ready.processes.size(), 1U);
    EXPECT_EQ(ready.processes[0].launch, (core::launch_id{"local-0", 5}));
    EXPECT_EQ(ready.processes[0].process.pid, worker.pid());
    EXPECT_EQ(launcher.facts("a1")->host, "here");
    EXPECT_EQ(launcher.facts("b1"), nullptr);
}

TEST_F(launched, exits_that_nobody_heard_come_before_the_agent_is_ready_and_are_acknowledged) {
    greet(json::array(),
          {{{"seq", 3}, {"name", "local-0"}, {"incarnation", 2}, {"code", 1}, {"signal", nullptr}}});
    ASSERT_TRUE(comes(2));
    EXPECT_EQ(std::get<exited>(events[0]).status.code, 1);
    EXPECT_TRUE(std::holds_alternative<agent_ready>(events[1]));
    EXPECT_TRUE(comes([&] { return agent->count("ack") == 1; }));
    EXPECT_EQ(agent->heard.back()["seq"], 3);
}

TEST_F(launched, a_process_from_spawn_to_exit) {
    greet();
    agent_link::spawn_request request;
    request.launch = {"local-0", 7};
    request.process.agent = "a1";
    launcher.spawn(request);
    ASSERT_TRUE(comes([&] { return agent->count("spawn") == 1; }));
    EXPECT_EQ(agent->last("spawn")["incarnation"], 7);

    agent->say(
        {{"event", "spawned"}, {"name", "local-0"}, {"incarnation", 7}, {"pid", 9}, {"start_time", 1}});
    ASSERT_TRUE(comes(2));
    EXPECT_EQ(last<spawned>().process, (core::process_ref{9, 1}));

    launcher.send_signal("a1", {"local-0", 7}, SIGTERM, true);
    ASSERT_TRUE(comes([&] { return agent->count("signal") == 1; }));
    EXPECT_EQ(agent->last("signal")["signal"], SIGTERM);
    EXPECT_EQ(agent->last("signal")["tree"], true);

    agent->say(
        {{"event", "exited"}, {"seq", 1}, {"name", "local-0"}, {"incarnation", 7}, {"signal", "SIGTERM"}});
    ASSERT_TRUE(comes(3));
    EXPECT_EQ(last<exited>().status.signal, "SIGTERM");
    EXPECT_TRUE(comes([&] { return agent->count("ack") == 1; }));

    agent->say({{"event", "spawn_failed"}, {"name", "local-0"}, {"incarnation", 8}, {"text", "no memory"}});
    ASSERT_TRUE(comes(4));
    EXPECT_EQ(last<spawn_failed>().text, "no memory");
}

TEST_F(launched, without_its_agent_nothing_is_spawned) {
    agent_link::spawn_request request;
    request.launch = {"local-0", 7};
    request.process.agent = "b1";
    launcher.spawn(request);
    EXPECT_EQ(last<spawn_failed>().launch, request.launch);
}

TEST_F(launched, the_agent_that_follows_a_dead_one_tells_what_has_become_of_its_processes) {
    test::sleeper const worker;
    test::sleeper const lost;
    greet({process_of(worker, "local-0", 5), process_of(lost, "local-1", 6)});
    agent->die();
    ASSERT_TRUE(comes(2));
    EXPECT_EQ(last<agent_gone>().agent, "a1");
    EXPECT_EQ(launcher.facts("a1"), nullptr);

    std::filesystem::remove(paths.agent_socket("a1"));
    agent.emplace(io, paths.agent_socket("a1"));
    greet({process_of(worker, "local-0", 5)},
          {{{"seq", 1}, {"name", "local-1"}, {"incarnation", 6}, {"code", nullptr}, {"signal", nullptr}}});
    ASSERT_TRUE(comes(4));
    EXPECT_EQ(std::get<exited>(events[2]).launch, (core::launch_id{"local-1", 6}));
    EXPECT_EQ(last<agent_ready>().processes.size(), 1U);
    EXPECT_EQ(events.size(), 4U) << "told once";
    EXPECT_TRUE(identify(worker.pid()));
}

TEST_F(launched, a_process_that_the_next_agent_does_not_know_is_ended_and_lost) {
    test::sleeper const worker;
    greet({process_of(worker, "local-0", 5)});
    agent->die();
    ASSERT_TRUE(comes(2));
    std::filesystem::remove(paths.agent_socket("a1"));
    agent.emplace(io, paths.agent_socket("a1"));
    greet();
    ASSERT_TRUE(comes(4));
    EXPECT_EQ(std::get<exited>(events[2]).launch, (core::launch_id{"local-0", 5}));
    EXPECT_EQ(std::get<exited>(events[2]).status, core::exit_status{}) << "nobody saw how";
    EXPECT_TRUE(comes([&] { return !identify(worker.pid()); })) << "or there would be two of it";
}

TEST_F(launched, what_is_wanted_between_two_agents_is_not_sent_to_the_next) {
    greet();
    agent->die();
    ASSERT_TRUE(comes(2));
    launcher.send_signal("a1", {"local-0", 5}, SIGTERM, true);
    agent_link::spawn_request request;
    request.launch = {"local-0", 7};
    request.process.agent = "a1";
    launcher.spawn(request);
    EXPECT_EQ(last<spawn_failed>().launch, request.launch);
}

TEST_F(launched, an_agent_of_another_time_is_told_apart_from_a_broken_one) {
    struct {
        json says;
        char const* text;
    } const cases[] = {
        {{{"event", "refused"}, {"protocol", {2, 3}}}, "speaks protocol 2 to 3, this daskd 1;"},
        {{{"event", "refused"}, {"protocol", {0, 0}}}, "speaks protocol 0, this daskd 1;"},
        {{{"event", "hello"}, {"protocol", 7}, {"pid", 1}, {"processes", json::array()}},
         "speaks protocol 7,"},
    };
    for (auto const& c : cases) {
        events.clear();
        agent->heard.clear();
        launcher.start_agent(living);
        ASSERT_TRUE(comes([&] { return agent->count("hello") == 1; }));
        EXPECT_EQ(agent->heard[0]["protocol"], (json{1, 1}));
        agent->say(c.says);
        ASSERT_TRUE(comes(1));
        EXPECT_TRUE(last<agent_failed>().fatal) << "trying again cannot help";
        EXPECT_THAT(last<agent_failed>().text, testing::AllOf(HasSubstr(c.text), HasSubstr("daskctl down")));
    }
}

TEST_F(launched, an_agent_that_hangs_up_and_lives_is_asked_again) {
    test::sleeper const worker;
    greet({process_of(worker, "local-0", 5)});
    agent->hang_up();
    ASSERT_TRUE(comes([&] { return agent->connections == 2 && agent->count("hello") == 2; }));
    hello({process_of(worker, "local-0", 5)}, json::array());
    EXPECT_EQ(last<agent_ready>().processes.size(), 1U);
    EXPECT_EQ(events.size(), 2U) << "nothing was gone";
}

TEST_F(launched, an_agent_that_cannot_work_has_failed_for_good) {
    launcher.start_agent(living);
    ASSERT_TRUE(comes([&] { return agent->count("hello") == 1; }));
    agent->say({{"event", "fatal"}, {"text", "no distributed"}, {"hint", "pip install distributed"}});
    ASSERT_TRUE(comes(1));
    EXPECT_TRUE(last<agent_failed>().fatal);
    EXPECT_EQ(last<agent_failed>().text, "no distributed; pip install distributed");
    agent->die();
    io.restart();
    io.run_for(20ms);
    EXPECT_EQ(events.size(), 1U) << "and is not gone as well";
}

TEST_F(launched, an_agent_that_ends_before_hello_may_be_tried_again) {
    launcher.start_agent(living);
    ASSERT_TRUE(comes([&] { return agent->count("hello") == 1; }));
    agent->die();
    ASSERT_TRUE(comes(1));
    EXPECT_FALSE(last<agent_failed>().fatal);
    EXPECT_THAT(last<agent_failed>().text, HasSubstr("agent-a1.log"));
}

TEST_F(launched, an_agent_that_does_not_live_and_cannot_be_started_has_failed) {
    launcher.start_agent({"b1", {}, {}, {}, {}, {}});
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(last<agent_failed>().agent, "b1");
}

TEST_F(launched, an_agent_that_is_told_to_end_is_waited_for) {
    greet();
    launcher.stop_agent("a1");
    EXPECT_TRUE(launcher.is_ending_agents());
    ASSERT_TRUE(comes([&] { return agent->count("shutdown") == 1; }));
    EXPECT_EQ(agents_ended, 0);
    self.kill();
    ASSERT_TRUE(comes([&] { return agents_ended == 1; }));
    EXPECT_FALSE(launcher.is_ending_agents());
    EXPECT_EQ(events.size(), 1U) << "no more word of it";
}

TEST_F(launched, an_agent_whose_container_cannot_be_started_has_failed) {
    agent->die();
    std::filesystem::create_directory(dir / "logs");
    auto contained = living;
    contained.python = "python3";
    contained.cwd = "/";
    contained.container.emplace();
    contained.container->program = engine("test $1 = image || exit 1");
    contained.container->image = "lab:1";
    launcher.start_agent(contained);
    ASSERT_TRUE(comes(1));
    EXPECT_FALSE(last<agent_failed>().fatal);
    EXPECT_EQ(last<agent_failed>().text, "the container of image lab:1 ended with code 1: it said nothing");
    launcher.stop_agent("a1");
    EXPECT_TRUE(comes([&] { return agents_ended == 1; })) << "although there is nothing to remove";
}

TEST_F(launched, an_agent_whose_container_lacks_distributed_says_which_it_is) {
    auto contained = living;
    contained.container.emplace();
    contained.container->image = "lab:1";
    launcher.start_agent(contained);
    ASSERT_TRUE(comes([&] { return agent->count("hello") == 1; }));
    agent->say({{"event", "fatal"}, {"text", "no distributed"}, {"hint", "pip install distributed"}});
    ASSERT_TRUE(comes(1));
    EXPECT_TRUE(last<agent_failed>().fatal);
    EXPECT_THAT(last<agent_failed>().text,
                HasSubstr("image lab:1: no distributed; use an image that has it"));
}

TEST_F(launched, an_agent_that_is_dead_is_told_to_end_for_the_sake_of_its_container) {
    auto contained = living;
    contained.container.emplace();
    contained.container->program = engine("echo $@ >>" + (dir / "calls").string() + "; echo 1234");
    launcher.start_agent(contained);
    ASSERT_TRUE(comes([&] { return agent->count("hello") == 1; }));
    hello(json::array(), json::array());
    agent->die();
    ASSERT_TRUE(comes(2));
    launcher.stop_agent("a1");
    EXPECT_TRUE(launcher.is_ending_agents());
    ASSERT_TRUE(comes([&] { return agents_ended == 1; }));
    EXPECT_THAT(read_file(dir / "calls").value_or(""), HasSubstr("rm --force --time=0 1234"));
}

TEST_F(launched, leaving_says_goodbye_and_touches_no_process) {
    test::sleeper const worker;
    greet({process_of(worker, "local-0", 5)});
    launcher.leave();
    ASSERT_TRUE(comes([&] { return agent->count("goodbye") == 1; }));
    EXPECT_TRUE(identify(worker.pid()));
    EXPECT_EQ(events.size(), 1U);
}

TEST_F(launched, a_renewal_is_passed_on) {
    greet();
    launcher.renew_agent("a1", "asked to");
    ASSERT_TRUE(comes([&] { return agent->count("renew") == 1; }));
    EXPECT_EQ(agent->heard.back()["reason"], "asked to");
}

TEST_F(launched, agents_that_were_left_are_known_by_their_sockets_and_by_what_runs) {
    test::fake_agent const other(io, paths.agent_socket("0badcafe"));
    { test::fake_agent const dead(io, paths.agent_socket("dead")); }
    std::filesystem::create_directory(dir / "agent-x");
    test::sleeper const worker;
    auto const leave = [&](char const* id, json const& process) {
        std::ofstream file(paths.agent_ledger(id));
        file << json{{"entry", "agent"},
                     {"boot_id", boot_id()},
                     {"python", "/usr/bin/python3"},
                     {"image", "lab"}}
             << "\n\n";
        file << json{{"entry", "launch"}, {"name", "local-0"}, {"marker", "m"}, {"pid", 0}}
             << "\n{\"cut sh\n";
        auto signature = process;
        signature["entry"] = "signed";
        signature["marker"] = "m";
        file << signature << "\n";
    };
    leave("left", process_of(worker, "local-0", 5));
    leave("gone", {{"pid", worker.pid()}, {"start_time", 1}});
    EXPECT_THAT(launcher.left_agents(), UnorderedElementsAre("a1", "0badcafe", "left"));
    auto const ledger = read_agent_ledger(paths.agent_ledger("left"));
    EXPECT_EQ(ledger->python, "/usr/bin/python3");
    EXPECT_EQ(ledger->image, "lab");
    EXPECT_EQ(ledger->living, (std::vector{agent_ledger::launch{"local-0", *identify(worker.pid())}}));
}

} // namespace
} // namespace daskd::launch
