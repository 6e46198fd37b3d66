#include "daemon/scheduler_link/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::scheduler_link {
namespace {

using namespace core::happened;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

template <class T>
T read(char const* text) {
    auto m = read_message(json::parse(text));
    if (!m) throw std::runtime_error(m.error().what);
    return std::get<T>(*m);
}

TEST(scheduler_message, snapshot) {
    auto const s = read<snapshot>(R"({"event": "snapshot", "protocol": 1, "pid": 7, "address": "tcp://s:8786",
        "dashboard": "http://s:8787/status", "python": "3.11.2", "distributed": "2022.12.1",
        "identity": {"type": "Scheduler"},
        "workers": [{"name": "local-0", "address": "tcp://w:1", "pid": null, "threads": 2}]})");
    EXPECT_EQ(s.pid, 7);
    EXPECT_EQ(s.address, "tcp://s:8786");
    EXPECT_EQ(s.dashboard, "http://s:8787/status");
    EXPECT_EQ(s.distributed, "2022.12.1");
    EXPECT_EQ(s.identity["type"], "Scheduler");
    EXPECT_THAT(s.workers, ElementsAre(Pair("local-0", "tcp://w:1")));
    EXPECT_FALSE(read<snapshot>(R"({"event": "snapshot", "pid": 7, "address": "a", "dashboard": null,
                                    "workers": []})")
                     .dashboard);
}

TEST(scheduler_message, changes) {
    auto const added =
        read<worker_registered>(R"({"event": "worker_added", "name": "w", "address": "tcp://w"})");
    EXPECT_EQ(added.name, "w");
    EXPECT_EQ(added.address, "tcp://w");
    auto const removed = read<worker_unregistered>(
        R"({"event": "worker_removed", "name": "w", "address": "tcp://w", "lost_tasks": 3,
            "timed_out": true, "tasks": ["a", "b"]})");
    EXPECT_EQ(removed.lost_tasks, 3U);
    EXPECT_TRUE(removed.timed_out);
    EXPECT_THAT(removed.tasks, ElementsAre("a", "b"));
    auto const silent = read<worker_silent>(
        R"({"event": "worker_silent", "name": "w", "address": "tcp://w", "silence_s": 30.5})");
    EXPECT_EQ(silent.address, "tcp://w");
    EXPECT_EQ(silent.silence.count(), 30'500);
    read<client_restart>(R"({"event": "client_restart"})");
    EXPECT_EQ(read<scheduler_closing>(R"({"event": "closing", "by": "client"})").by, "client");
    EXPECT_EQ(read<scheduler_closing>(R"({"event": "closing"})").by, "unknown");
    EXPECT_EQ(read<scheduler_closing>(R"({"event": "closing", "by": "idle", "idle_s": 2.5})").idle_s, 2.5);
    EXPECT_EQ(read<scheduler_closing>(R"({"event": "closing", "by": "client", "idle_s": null})").idle_s,
              std::nullopt);
    EXPECT_EQ(read<tasks_counted>(R"({"event": "tasks", "tasks": {"waiting": 1, "memory": 2}})").tasks,
              (task_counts{1, 0, 2, 0}));
}

TEST(scheduler_message, replies) {
    auto const good = read<reply>(R"({"event": "reply", "id": 4, "result": {"removed": true}})");
    EXPECT_EQ(good.id, 4U);
    EXPECT_EQ(good.result, (json{{"removed", true}}));
    EXPECT_FALSE(good.error);
    EXPECT_EQ(read<reply>(R"({"event": "reply", "id": 4, "error": "no"})").error, "no");
}

TEST(scheduler_message, of_agents_in_jobs) {
    auto const there = read<reporter>(R"({"event": "reporter", "job": "dask-b-0-1a", "is_there": true})");
    EXPECT_EQ(there.job, "dask-b-0-1a");
    EXPECT_TRUE(there.is_there);
    auto const said = read<relayed>(R"({"event": "relayed", "job": "j", "message": {"event": "pong"}})");
    EXPECT_EQ(said.message, (json{{"event", "pong"}}));
    EXPECT_EQ(read<relay_closed>(R"({"event": "relay_closed", "job": "j"})").job, "j");
    EXPECT_FALSE(read_message(json{{"event", "relayed"}, {"job", "j"}}));
}

TEST(scheduler_message, that_lacks_something_is_an_error_and_no_exception) {
    for (auto const* text :
         {"{}", "[]", "null", R"({"event": 1})", R"({"event": "news"})", R"({"event": "snapshot", "pid": 1})",
          R"({"event": "snapshot", "pid": 1, "address": "a", "workers": [{}]})",
          R"({"event": "worker_added", "name": "w"})", R"({"event": "tasks"})", R"({"event": "reply"})"})
        EXPECT_FALSE(read_message(json::parse(text))) << text;
    EXPECT_THAT(read_message(json{{"event", "news"}}).error().what, HasSubstr("'news'"));
}

TEST(scheduler_statistics, are_by_address) {
    auto const s = read_statistics(json::parse(R"({"tasks": {"processing": 9, "erred": 1}, "workers":
        {"tcp://w": {"memory_bytes": 5, "cpu_percent": 99.5, "executing": 2}, "tcp://x": {}}})"));
    ASSERT_TRUE(s);
    EXPECT_EQ(s->tasks, (task_counts{0, 9, 0, 1}));
    EXPECT_EQ(s->workers.at("tcp://w").memory_bytes, 5U);
    EXPECT_EQ(s->workers.at("tcp://w").cpu_percent, 99.5);
    EXPECT_EQ(s->workers.at("tcp://w").executing, 2);
    EXPECT_EQ(s->workers.at("tcp://x").executing, 0);
    for (auto const* text : {"{}", "null", R"({"tasks": {}})", R"({"tasks": {}, "workers": {"a": 1}})"})
        EXPECT_FALSE(read_statistics(json::parse(text))) << text;
}

TEST(scheduler_demand, is_a_number_and_two_lists) {
    auto const d = read_demand(json::parse(R"({"target": 3, "idle": ["a", "b"], "busy": ["c"]})"));
    ASSERT_TRUE(d);
    EXPECT_EQ(d->target, 3);
    EXPECT_EQ(d->idle, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(d->busy, (std::vector<std::string>{"c"}));
    for (auto const* text : {"{}", "null", R"({"target": 3})", R"({"target": 3, "idle": [1], "busy": []})"})
        EXPECT_FALSE(read_demand(json::parse(text))) << text;
}

} // namespace
} // namespace daskd::scheduler_link
