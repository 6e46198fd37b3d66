#include "daemon/async/line_splitter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace daskd::async {
namespace {

std::vector<std::string> lines_of(std::vector<std::string> const& pieces, std::size_t limit) {
    line_splitter splitter(limit);
    std::vector<std::string> lines;
    for (auto const& piece : pieces) {
        splitter.append(piece);
        while (auto const line = splitter.next())
            lines.emplace_back(*line);
    }
    if (splitter.is_overlong()) lines.emplace_back("(overlong)");
    if (splitter.has_partial()) lines.emplace_back("(partial)");
    return lines;
}

TEST(line_splitter, cuts_wherever_the_pieces_end) {
    struct row {
        char const* name;
        std::vector<std::string> pieces;
        std::vector<std::string> lines;
    };
    std::vector<row> const rows = {
        {"nothing", {}, {}},
        {"one", {"ab\n"}, {"ab"}},
        {"several", {"ab\n\ncd\r\n"}, {"ab", "", "cd"}},
        {"in pieces", {"a", "b", "\nc", "d\n"}, {"ab", "cd"}},
        {"between the two ends", {"ab\r", "\n"}, {"ab"}},
        {"unfinished", {"ab\ncd"}, {"ab", "(partial)"}},
        {"just the limit", {"abcde\n"}, {"abcde"}},
        {"over the limit", {"ab\nabcdef\nx\n"}, {"ab", "(overlong)", "(partial)"}},
        {"unfinished over the limit", {"abc", "def"}, {"(overlong)", "(partial)"}},
    };
    for (auto const& r : rows)
        EXPECT_EQ(lines_of(r.pieces, 5), r.lines) << r.name;
}

TEST(line_splitter, cuts_overlong_lines_on_demand) {
    line_splitter splitter(3);
    splitter.append("abcdefgh\n");
    EXPECT_FALSE(splitter.next());
    EXPECT_EQ(splitter.cut(), "abc");
    EXPECT_TRUE(splitter.is_overlong());
    EXPECT_EQ(splitter.cut(), "def");
    EXPECT_EQ(splitter.next(), "gh");
    EXPECT_FALSE(splitter.has_partial());
}

} // namespace
} // namespace daskd::async
