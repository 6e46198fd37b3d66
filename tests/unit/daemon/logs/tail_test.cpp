#include "daemon/logs/tail.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <fstream>

namespace daskd::logs {
namespace {

using texts = std::vector<std::string>;

class tail : public testing::Test {
protected:
    log_tail of(std::string const& text, std::size_t count) {
        std::ofstream(dir / "x.log", std::ios::binary | std::ios::trunc) << text;
        return read_tail(dir / "x.log", count).value();
    }
    test::temporary_directory dir;
};

TEST_F(tail, returns_the_last_whole_lines) {
    struct row {
        char const* name;
        std::string text;
        std::size_t count;
        texts expected;
        std::uint64_t offset;
    };
    std::vector<row> const rows = {
        {"empty", "", 5, {}, 0},
        {"fewer than asked", "a\nb\n", 5, {"a", "b"}, 4},
        {"just as many", "a\nb\n", 2, {"a", "b"}, 4},
        {"more than asked", "a\nb\nc\n", 2, {"b", "c"}, 6},
        {"none asked", "a\nb\n", 0, {}, 4},
        {"empty texts", "\n\n\n", 2, {"", ""}, 3},
        {"unfinished", "a\nb\nc", 2, {"a", "b"}, 4},
        {"unfinished only", "abc", 2, {}, 0},
        {"carriage returns", "a\r\nb\r\n", 1, {"b"}, 6},
    };
    for (auto const& r : rows) {
        auto const got = of(r.text, r.count);
        EXPECT_EQ(got.lines, r.expected) << r.name;
        EXPECT_EQ(got.offset, r.offset) << r.name;
    }
}

TEST_F(tail, reads_over_block_borders) {
    std::string text;
    for (int i = 0; i < 50'000; ++i)
        text += "line " + std::to_string(i) + "\n";
    auto const got = of(text + "unfinished", 9'000);
    ASSERT_EQ(got.lines.size(), 9'000U);
    EXPECT_EQ(got.lines.front(), "line 41000");
    EXPECT_EQ(got.lines.back(), "line 49999");
    EXPECT_EQ(got.offset, text.size());
}

TEST_F(tail, cuts_long_lines_and_bounds_what_it_reads) {
    auto const got = of("first\n" + std::string(max_line_bytes + 10, 'x') + "\n", 3);
    ASSERT_EQ(got.lines.size(), 3U);
    EXPECT_EQ(got.lines[1].size(), max_line_bytes);
    EXPECT_EQ(got.lines[2].size(), 10U);

    auto const endless = of(std::string(max_tail_bytes + 100, 'x'), 3);
    EXPECT_TRUE(endless.lines.empty());
    EXPECT_EQ(endless.offset, 100U);
}

TEST_F(tail, fails_without_the_file) {
    EXPECT_EQ(read_tail(dir / "none.log", 3).error().code, errc::unknown_name);
}

} // namespace
} // namespace daskd::logs
