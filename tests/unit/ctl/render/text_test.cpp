#include "ctl/render/event.hpp"
#include "ctl/render/log_lines.hpp"
#include "ctl/render/table.hpp"
#include "ctl/render/units.hpp"

#include <gtest/gtest.h>

namespace daskd::ctl {
namespace {

TEST(units, shows_seconds_and_counts) {
    EXPECT_EQ(show_duration(-1), "0ms");
    EXPECT_EQ(show_duration(0.35), "350ms");
    EXPECT_EQ(show_duration(200.4), "3m 20s");
    EXPECT_EQ(show_count(1, "worker"), "1 worker");
    EXPECT_EQ(show_count(0, "worker"), "0 workers");
}

TEST(table, aligns_leaves_out_empty_columns_and_trails_nothing) {
    std::vector<column> const columns{{"NAME", false, {{"a"}, {"größe"}}},
                                      {"EMPTY", false, {{""}, {""}}},
                                      {"N", true, {{"7"}, {"123"}}},
                                      {"WHY", false, {{""}, {"x"}}}};
    EXPECT_EQ(render_table(columns, style(false)), "NAME     N  WHY\n"
                                                   "a        7\n"
                                                   "größe  123  x\n");
    EXPECT_EQ(render_table({}, style(true)), "");
}

TEST(event, shows_what_is_there) {
    struct {
        char const* event;
        char const* line;
    } const cases[] = {
        {R"({"at":"T","name":"local-0","from":"running","to":"backoff","cause":{"text":"killed by SIGKILL"}})",
         "T  local-0  running → backoff: killed by SIGKILL"},
        {R"({"at":"T","name":"a","from":"running","to":"failed","cause":{"text":"exited"},"text":"exited; given up"})",
         "T  a  running → failed: exited; given up"},
        {R"({"at":"T","name":"local-0","from":null,"to":"starting","cause":null,"text":"pid 3"})",
         "T  local-0  starting: pid 3"},
        {R"({"at":"T","kind":"cluster.notice","name":"","text":"memory is short"})", "T  memory is short"},
        {R"({"at":5,"cause":"x"})", ""},
        {"[]", ""}};
    for (auto const& c : cases)
        EXPECT_EQ(render_event(json::parse(c.event), style(false)), c.line);
}

TEST(log_prefixer, aligns_the_lines_of_several_logs) {
    log_prefixer several(true, style(false));
    several.expect("scheduler");
    EXPECT_EQ(several.render("local-0", "x"), "local-0   | x\n");
    EXPECT_EQ(several.render("a-longer-name", "y"), "a-longer-name | y\n");
    log_prefixer one(false, style(true));
    EXPECT_EQ(one.render("local-0", "x"), "x\n");
}

TEST(style, paints_only_where_wanted) {
    EXPECT_EQ(style(false).paint(color::red, "x"), "x");
    EXPECT_EQ(style(true).paint(color::red, "x"), "\033[31mx\033[0m");
    EXPECT_TRUE(wants_color(color_mode::always, false, true));
    EXPECT_FALSE(wants_color(color_mode::never, true, false));
    EXPECT_TRUE(wants_color(color_mode::automatic, true, false));
    EXPECT_FALSE(wants_color(color_mode::automatic, true, true));
    EXPECT_FALSE(wants_color(color_mode::automatic, false, false));
}

} // namespace
} // namespace daskd::ctl
