#include "ctl/local_files.hpp"
#include "fake_daemon.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace daskd::ctl {
namespace {

void write(std::filesystem::path const& path, std::string const& text) {
    std::ofstream(path) << text;
}

TEST(local_files, reads_the_last_lines_of_logs) {
    scratch_dir const dir;
    write(dir.path() / "local-0.log", "one\ntwo\nthree\n");
    write(dir.path() / "daskd.log", "cut");
    write(dir.path() / "daskd.log.1", "old\n");

    auto const all = read_local_logs(dir.path(), {}, 2);
    ASSERT_TRUE(all);
    ASSERT_EQ(all->size(), 2U);
    EXPECT_EQ(all->at(0).name, "daskd");
    EXPECT_EQ(all->at(0).lines, std::vector<std::string>{"cut"});
    EXPECT_EQ(all->at(1).lines, (std::vector<std::string>{"two", "three"}));

    EXPECT_EQ(read_local_logs(dir.path(), {"local-*"}, 9)->size(), 1U);
    EXPECT_EQ(read_local_logs(dir.path(), {"gpu-*"}, 9)->size(), 0U);
    EXPECT_EQ(read_local_logs(dir.path(), {"local-0"}, 0)->at(0).lines.size(), 0U);
    auto const unknown = read_local_logs(dir.path(), {"local-1"}, 9);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, errc::unknown_name);
    EXPECT_EQ(unknown.error().hint, "did you mean 'local-0'?");
}

TEST(local_files, reads_events_and_passes_over_torn_lines) {
    scratch_dir const dir;
    auto const file = dir.path() / "events.jsonl";
    EXPECT_TRUE(read_local_events(file, 0).empty());
    write(file, "{\"seq\":1}\n[]\n{\"seq\":2}\n{\"seq\":\"x\"}\n{\"seq\":3}\n{\"se");
    EXPECT_EQ(read_local_events(file, 0).size(), 3U);
    EXPECT_EQ(read_local_events(file, 2), std::vector<json>{(json{{"seq", 3}})});
}

TEST(local_files, know_why_the_cluster_is_down) {
    struct {
        char const* name;
        char const* events;
        std::optional<std::string> reason;
    } const cases[] = {
        {"no history", "", std::nullopt},
        {"a verb", R"({"seq":1,"kind":"cluster.state","to":"down","text":""})", std::nullopt},
        {"idle", R"({"seq":1,"kind":"cluster.state","to":"down","text":"idle"}
{"seq":2,"kind":"agent.state","to":"gone","text":"x"})",
         "idle"},
        {"up again", R"({"seq":1,"kind":"cluster.state","to":"down","text":"idle"}
{"seq":2,"kind":"cluster.state","to":"starting","text":""})",
         std::nullopt},
    };
    for (auto const& c : cases) {
        scratch_dir const dir;
        write(dir.path() / "events.jsonl", c.events);
        EXPECT_EQ(read_down_reason(dir.path() / "events.jsonl"), c.reason) << c.name;
    }
}

} // namespace
} // namespace daskd::ctl
