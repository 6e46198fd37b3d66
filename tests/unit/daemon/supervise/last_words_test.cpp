#include "daemon/supervise/last_words.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace daskd::supervise {
namespace {

TEST(last_words, are_heard_where_a_scheduler_left_them) {
    struct {
        char const* name;
        char const* text;
        std::optional<std::string> by;
    } const cases[] = {
        {"a client", R"({"event": "closing", "by": "client", "idle_s": null})", "client"},
        {"idle", R"({"event": "closing", "by": "idle", "idle_s": 2.0})", "idle"},
        {"another event", R"({"event": "client_restart"})", std::nullopt},
        {"torn", R"({"event": "clos)", std::nullopt},
        {"empty", "", std::nullopt},
    };
    std::string pattern = std::filesystem::temp_directory_path() / "daskd-words-XXXXXX";
    std::filesystem::path const dir = ::mkdtemp(pattern.data());
    EXPECT_FALSE(read_last_words(dir / "scheduler.closing"));
    for (auto const& c : cases) {
        std::ofstream(dir / "scheduler.closing") << c.text;
        auto const heard = read_last_words(dir / "scheduler.closing");
        EXPECT_EQ(heard ? std::optional(heard->by) : std::nullopt, c.by) << c.name;
    }
    std::filesystem::remove_all(dir);
}

} // namespace
} // namespace daskd::supervise
