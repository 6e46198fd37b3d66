#include "ctl/top/bars.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace daskd::ctl::top {
namespace {

struct bar_case {
    char const* name;
    double fraction;
    char const* text;
};

class bars : public testing::TestWithParam<bar_case> {};

TEST_P(bars, fill_by_eighths) {
    auto const drawn = bar(GetParam().fraction, 4, color::green, unicode_glyphs());
    EXPECT_EQ(text_of(drawn), GetParam().text);
    EXPECT_EQ(width_of(drawn), 4U);
}

INSTANTIATE_TEST_SUITE_P(all, bars,
                         testing::ValuesIn(std::vector<bar_case>{
                             {"nothing", 0, "░░░░"},
                             {"a_little_shows", 0.001, "▏░░░"},
                             {"half_a_cell", 0.125, "▌░░░"},
                             {"half", 0.5, "██░░"},
                             {"most", 0.97, "███▉"},
                             {"all", 1, "████"},
                             {"more_than_all", 7, "████"},
                             {"less_than_nothing", -1, "░░░░"},
                             {"no_number", std::nan(""), "░░░░"},
                         }),
                         [](auto const& c) { return std::string(c.param.name); });

TEST(bar, does_without_unicode) {
    EXPECT_EQ(text_of(bar(0.6, 4, color::green, ascii_glyphs())), "##-.");
    EXPECT_EQ(width_of(bar(0.5, 0, color::green, ascii_glyphs())), 0U);
}

TEST(sparkline, shows_the_last_values_at_the_right) {
    EXPECT_EQ(sparkline({0, 50, 100}, 100, 5, unicode_glyphs()), "  ▁▅█");
    EXPECT_EQ(sparkline({100, 100, 0, 50, 200}, 100, 3, unicode_glyphs()), "▁▅█");
    EXPECT_EQ(sparkline({}, 100, 2, unicode_glyphs()), "  ");
    EXPECT_EQ(sparkline({1, 2}, 0, 2, unicode_glyphs()), "▁▁") << "nobody knows what would be full";
}

std::string stacked(std::vector<std::uint64_t> const& amounts, std::size_t width) {
    std::vector<segment> segments;
    constexpr std::array<std::string_view, 4> glyphs{"a", "b", "c", "d"};
    for (std::size_t i = 0; i < amounts.size(); ++i)
        segments.push_back({amounts[i], glyphs.at(i), color::plain});
    return text_of(stacked_bar(segments, width));
}

TEST(stacked_bar, gives_each_its_share_and_none_nothing) {
    EXPECT_EQ(stacked({1, 1, 2, 0}, 8), "aabbcccc");
    EXPECT_EQ(stacked({1'000'000, 1, 0, 1}, 8), "aaaaaabd");
    EXPECT_EQ(stacked({1, 1, 1}, 10), "aaaabbbccc");
    EXPECT_EQ(stacked({0, 0, 0, 0}, 8), "");
}

TEST(load_color, warns_before_it_is_too_late) {
    EXPECT_EQ(load_color(0.5), color::green);
    EXPECT_EQ(load_color(0.75), color::yellow);
    EXPECT_EQ(load_color(0.95), color::red);
}

} // namespace
} // namespace daskd::ctl::top
