#include "daemon/agent_link/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::agent_link {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

template <class T>
T read(char const* text) {
    auto m = read_message(json::parse(text));
    if (!m) throw std::runtime_error(m.error().what);
    return std::get<T>(*m);
}

TEST(agent_message, hello) {
    auto const h =
        read<hello>(R"({"event": "hello", "protocol": 1, "pid": 7, "start_time": 1, "host": "node1",
        "python": "3.11.2", "distributed": "2022.12.1", "has_dashboard": true, "spawn": "exec",
        "spawn_reason": "two threads", "skipped": {"pandas": "no module"}, "unknown": [1],
        "processes": [{"name": "local-0", "incarnation": 3, "pid": 9, "start_time": 99, "age_s": 1.5, "meta": null}],
        "exits": [{"event": "exited", "seq": 4, "name": "local-1", "incarnation": 2, "pid": 8, "code": 1,
                   "signal": null, "at": "2026-01-01T00:00:00.000Z", "log_tail": ["bang"]}]})");
    EXPECT_EQ(h.facts.pid, 7);
    EXPECT_EQ(h.facts.host, "node1");
    EXPECT_EQ(h.facts.distributed, "2022.12.1");
    EXPECT_TRUE(h.facts.has_dashboard);
    EXPECT_EQ(h.facts.spawn, config::spawn_mode::exec);
    EXPECT_EQ(h.facts.spawn_reason, "two threads");
    EXPECT_THAT(h.facts.skipped, ElementsAre("pandas: no module"));
    EXPECT_EQ(h.renewed, "");
    ASSERT_EQ(h.processes.size(), 1U);
    EXPECT_EQ(h.processes[0].launch, (core::launch_id{"local-0", 3}));
    EXPECT_EQ(h.processes[0].process, (core::process_ref{9, 99}));
    EXPECT_EQ(h.processes[0].age_s, 1.5);
    ASSERT_EQ(h.exits.size(), 1U);
    EXPECT_EQ(h.exits[0].seq, 4U);
    EXPECT_EQ(h.exits[0].status.code, 1);
    EXPECT_FALSE(h.exits[0].status.signal);
    EXPECT_THAT(h.exits[0].status.log_tail, ElementsAre("bang"));
}

TEST(agent_message, renewed_is_a_hello_with_a_reason) {
    auto const h = read<hello>(R"({"event": "renewed", "pid": 7, "processes": [], "spawn": "fork",
        "spawn_reason": null, "reason": "site-packages changed"})");
    EXPECT_EQ(h.renewed, "site-packages changed");
    EXPECT_EQ(h.facts.spawn, config::spawn_mode::fork);
    EXPECT_EQ(h.facts.spawn_reason, "");
}

TEST(agent_message, spawned_and_spawn_failed) {
    auto const s =
        read<spawned>(R"({"event": "spawned", "name": "a", "incarnation": 2, "pid": 3, "start_time": 4})");
    EXPECT_EQ(s.launch, (core::launch_id{"a", 2}));
    EXPECT_EQ(s.process, (core::process_ref{3, 4}));
    auto const f =
        read<spawn_failed>(R"({"event": "spawn_failed", "name": "a", "incarnation": 2, "text": "fork"})");
    EXPECT_EQ(f.text, "fork");
}

struct exit_case {
    char const* name;
    char const* fields;
    std::optional<int> code;
    std::optional<std::string> signal;
};

class exits : public testing::TestWithParam<exit_case> {};

TEST_P(exits, keep_apart_what_was_seen) {
    auto const e =
        read<exited>((std::string(R"({"event": "exited", "seq": 1, "name": "a", "incarnation": 1, )") +
                      GetParam().fields + "}")
                         .c_str());
    EXPECT_EQ(e.status.code, GetParam().code);
    EXPECT_EQ(e.status.signal, GetParam().signal);
}

INSTANTIATE_TEST_SUITE_P(table, exits,
                         testing::Values(exit_case{"code", R"("code": 0, "signal": null)", 0, {}},
                                         exit_case{
                                             "signal", R"("code": null, "signal": "SIGKILL")", {}, "SIGKILL"},
                                         exit_case{"neither", R"("code": null, "signal": null)", {}, {}},
                                         exit_case{"absent", R"("pid": 3)", {}, {}}),
                         [](auto const& one) { return std::string(one.param.name); });

TEST(agent_message, memory_and_looks) {
    auto const e = read<exited>(R"({"event": "exited", "seq": 1, "name": "a", "incarnation": 1,
        "memory": {"used_bytes": 5, "limit_bytes": 4}})");
    EXPECT_EQ(e.status.memory, (core::memory_excess{5, 4}));
    EXPECT_FALSE(
        read<exited>(R"({"event": "exited", "seq": 1, "name": "a", "incarnation": 1, "memory": null})")
            .status.memory);
    EXPECT_EQ(read<spawned>(R"({"event": "spawned", "name": "a", "incarnation": 2, "pid": 3,
        "start_time": 4, "memory_enforced_by": "agent"})")
                  .memory_enforced_by,
              "agent");
    auto const x = read<core::happened::examined>(
        R"({"event": "examined", "name": "a", "incarnation": 1, "state": "T", "cpu_s": 1.5})");
    EXPECT_EQ(x.launch, (core::launch_id{"a", 1}));
    EXPECT_EQ(x.state, 'T');
    EXPECT_EQ(x.cpu_time, 1500ms);
}

TEST(agent_message, an_exit_carries_what_the_nanny_desk_was_told) {
    auto const e = read<exited>(R"({"event": "exited", "seq": 1, "name": "a", "incarnation": 1, "code": 0,
        "told": {"asked": "kill", "reason": "scheduler-restart"}})");
    EXPECT_EQ(e.status.told, (core::nanny_word{"kill", "scheduler-restart"}));
    auto const untold =
        read<exited>(R"({"event": "exited", "seq": 1, "name": "a", "incarnation": 1, "told": null})");
    EXPECT_FALSE(untold.status.told);
}

TEST(agent_message, tells_that_its_job_is_about_to_end) {
    auto const soon = read<job_ending>(R"({"event": "ending", "text": "its job ends soon"})");
    EXPECT_EQ(soon.text, "its job ends soon");
    EXPECT_FALSE(soon.at_once);
    EXPECT_TRUE(read<job_ending>(R"({"event": "ending", "text": "", "at_once": true})").at_once);
}

TEST(agent_message, fatal_and_complaints) {
    auto const f = read<fatal>(R"({"event": "fatal", "text": "no distributed", "hint": "pip install"})");
    EXPECT_EQ(f.hint, "pip install");
    EXPECT_EQ(read<complaint>(R"({"event": "error", "text": "what?"})").text, "what?");
    EXPECT_THAT(read<complaint>(R"({"event": "news"})").text, HasSubstr("'news'")) << "a newer agent";
}

TEST(agent_message, that_lacks_something_is_an_error_and_no_exception) {
    for (auto const* text :
         {"{}", "[]", "null", "7", R"("hello")", R"({"event": 7})", R"({"event": "hello"})",
          R"({"event": "hello", "pid": 1, "processes": 7})",
          R"({"event": "hello", "pid": 1, "processes": [{}]})", R"({"event": "spawned", "name": "a"})",
          R"({"event": "exited", "name": 7, "seq": 1, "incarnation": 1})"}) {
        auto const m = read_message(json::parse(text));
        ASSERT_FALSE(m) << text;
        EXPECT_THAT(m.error().what, HasSubstr("not understood")) << text;
    }
}

TEST(agent_op, hello_says_how_to_revive) {
    EXPECT_EQ(hello_op({}, 90s, "/run/scheduler.sock"),
              json::parse(R"({"op": "hello", "protocol": [1, 1], "revive": null, "orphan_timeout_s": 90.0,
                              "scheduler_link": "/run/scheduler.sock"})"));
    EXPECT_EQ(hello_op(revival{{"/bin/daskd", "x"}, {{"A", "1"}}, "/"}, 1500ms, "s")["revive"],
              json::parse(R"({"argv": ["/bin/daskd", "x"], "env": {"A": "1"}, "cwd": "/"})"));
}

TEST(agent_op, hello_to_another_host_names_no_socket_of_this_one) {
    EXPECT_TRUE(hello_op({}, 90s, std::nullopt)["scheduler_link"].is_null());
}

TEST(agent_op, spawn_brings_files_only_where_there_are_any) {
    spawn_request r;
    EXPECT_FALSE(spawn_op(r).contains("files"));
    r.files = {{"/tls/ca.pem", "CA"}};
    EXPECT_EQ(spawn_op(r)["files"], json::parse(R"({"/tls/ca.pem": "CA"})"));
}

TEST(agent_message, hello_tells_what_the_host_offers) {
    auto const h = read<hello>(R"({"event": "hello", "pid": 1, "processes": [], "boot_id": "b1", "cores": 4,
        "memory_bytes": 8589934592, "executable": "/usr/bin/python3"})");
    EXPECT_EQ(h.facts.boot_id, "b1");
    EXPECT_EQ(h.facts.cores, 4);
    EXPECT_EQ(h.facts.memory_bytes, std::uint64_t{8} << 30);
    EXPECT_EQ(h.facts.executable, "/usr/bin/python3");
    EXPECT_EQ(read<hello>(R"({"event": "hello", "pid": 1, "processes": []})").facts.cores, 0);
}

TEST(agent_op, spawn_has_every_field_of_the_protocol) {
    spawn_request r;
    r.launch = {"local-0", 3};
    r.role = "worker";
    r.process = {"a1", config::spawn_mode::exec, {"unused"}, {{"A", "1"}}, "/home", 5, "/logs/local-0.log"};
    r.args = {"tcp://s", "--name", "local-0"};
    r.log_size_bytes = 1024;
    r.standby = 2;
    r.memory = core::memory_guard{1000, 950, 100ms};
    r.dask = {{"distributed", {{"x", 1}}}};
    EXPECT_EQ(spawn_op(r),
              json::parse(R"({"op": "spawn", "name": "local-0", "incarnation": 3, "role": "worker",
        "mode": "exec", "args": ["tcp://s", "--name", "local-0"], "env": {"A": "1"}, "cwd": "/home", "nice": 5,
        "log": "/logs/local-0.log", "log_size": 1024, "standby": 2,
        "memory": {"limit_bytes": 1000, "terminate_bytes": 950, "interval_s": 0.1}, "dask_config": {"distributed": {"x": 1}},
        "scheduler_link": null, "meta": null})"));
    r.dask = {};
    r.scheduler_link = "/run/s.sock";
    EXPECT_EQ(spawn_op(r)["dask_config"], json::object());
    EXPECT_EQ(spawn_op(r)["scheduler_link"], "/run/s.sock");
}

TEST(agent_op, the_short_ones) {
    EXPECT_EQ(signal_op({"a", 2}, 9, true),
              json::parse(R"({"op": "signal", "name": "a", "incarnation": 2, "signal": 9, "tree": true})"));
    EXPECT_EQ(examine_op({"a", 2}), json::parse(R"({"op": "examine", "name": "a", "incarnation": 2})"));
    EXPECT_EQ(ping_op(), json::parse(R"({"op": "ping"})"));
    EXPECT_TRUE(std::holds_alternative<pong>(*read_message(json::parse(R"({"event": "pong"})"))));
    EXPECT_EQ(ack_op(5), json::parse(R"({"op": "ack", "seq": 5})"));
    EXPECT_EQ(renew_op("cold"), json::parse(R"({"op": "renew", "reason": "cold"})"));
    EXPECT_EQ(goodbye_op(), json::parse(R"({"op": "goodbye"})"));
    EXPECT_EQ(shutdown_op(), json::parse(R"({"op": "shutdown"})"));
}

} // namespace
} // namespace daskd::agent_link
