#include "run_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace daskd::ctl {
namespace {

using testing::HasSubstr;

std::string note(char const* method, json params) {
    return to_line(rpc::make_notification(method, std::move(params)));
}

std::string event(int seq) {
    return note("event", {{"seq", seq}, {"name", "local-" + std::to_string(seq)}});
}

constexpr char const* hang_up = "";

TEST_F(run_test, logs_follow_prefixes_what_comes) {
    daemon.emplace(socket(), [](json const& q) {
        return std::vector<std::string>{
            reply_to(q, {{"logs", {{{"name", "scheduler"}, {"lines", {"one"}}}}}}),
            note("log", {{"name", "local-0"}, {"lines", {"two", "three"}}}), hang_up};
    });
    EXPECT_EQ(run_line({"logs", "-f"}), exit_code::no_answer);
    EXPECT_EQ(out, "scheduler | one\nlocal-0   | two\nlocal-0   | three\n");
    EXPECT_EQ(run_line({"logs", "-f", "scheduler", "--json"}), exit_code::usage);
}

TEST_F(run_test, events_follow_resumes_after_what_was_dropped) {
    daemon.emplace(socket(), [](json const& q) -> std::vector<std::string> {
        auto const since = q.at("params").at("since").get<int>();
        if (since == 0)
            return {reply_to(q, {{"last_seq", 9}}), event(1), event(2), note("lagged", {{"seq", 2}})};
        return {reply_to(q, {{"last_seq", 9}}), event(since + 1), hang_up};
    });
    EXPECT_EQ(run_line({"events", "-f"}), exit_code::no_answer);
    EXPECT_EQ(out, "local-1\nlocal-2\nlocal-3\n");
}

TEST_F(run_test, events_are_read_page_by_page) {
    daemon.emplace(socket(), [](json const& q) {
        auto events = json::array();
        for (int seq = q.at("params").at("since").get<int>() + 1; seq <= 1500 && events.size() < 1000; ++seq)
            events.push_back({{"seq", seq}});
        return std::vector<std::string>{reply_to(q, {{"events", events}})};
    });
    EXPECT_EQ(run_line({"events", "--json-lines"}), exit_code::done);
    EXPECT_THAT(out, testing::StartsWith("{\"seq\":1}\n{\"seq\":2}\n"));
    EXPECT_THAT(out, testing::EndsWith("{\"seq\":1500}\n"));
    EXPECT_EQ(daemon->asked().size(), 2U);
}

TEST_F(run_test, without_daemon_files_tell_what_happened) {
    std::filesystem::create_directory(dir.path() / "logs");
    std::ofstream(dir.path() / "logs/daskd.log") << "out of memory\n";
    std::ofstream(dir.path() / "events.jsonl") << R"({"seq":1,"name":"local-0","to":"failed"})"
                                               << "\n";
    EXPECT_EQ(run_line({"logs", "daskd"}), exit_code::done);
    EXPECT_EQ(out, "out of memory\n");
    EXPECT_EQ(run_line({"events"}), exit_code::done);
    EXPECT_EQ(out, "local-0  failed\n");
    EXPECT_EQ(run_line({"events", "-f"}), exit_code::no_answer);
    EXPECT_EQ(out, "local-0  failed\n");
    EXPECT_THAT(err, HasSubstr("nothing to follow"));
}

} // namespace
} // namespace daskd::ctl
