#include "ctl/top/render.hpp"
#include "views.hpp"

#include <gmock/gmock.h>

namespace daskd::ctl::top {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr extent classic{24, 80};

std::vector<std::string> texts(frame const& lines) {
    std::vector<std::string> list;
    for (auto const& l : lines)
        list.push_back(text_of(l));
    return list;
}

std::vector<std::string> screen(model const& m, extent size = classic, glyphs const& g = unicode_glyphs()) {
    return texts(render(m, size, test::start, g));
}

std::string joined(std::vector<std::string> const& lines) {
    std::string text;
    for (auto const& l : lines)
        text += l + "\n";
    return text;
}

TEST(render, shows_all_of_a_small_cluster_on_a_classic_terminal) {
    auto view = test::view(2);
    view.scheduler->tasks = {30, 2, 60, 1, 7};
    view.workers[1] = test::worker("local-1", "backoff");
    view.workers[1].next_start_in_s = 1.2;
    view.workers[1].restarts = 3;
    view.workers[1].desired = "running";
    view.pools[0].running = view.summary.running = 1;
    view.state = "degraded";
    view.warnings = {"the disk is full"};
    auto m = test::connected(view);
    m.on_event(test::event("local-1", "running", "backoff", "killed by SIGKILL"));
    EXPECT_EQ(
        joined(screen(m)), R"( ● default: degraded, 1 of 2 workers running           daskd 7.3 MiB, up 1m 40s
 scheduler tcp://127.0.0.1:8786  up 1m 39s, distributed 2022.12.1
 pools     local 1/2
 tasks     ██████████▓▒░░░░░  67 of 100 done, 2 processing, 30 waiting, 1 erred
 warning   the disk is full
  NAME    STATE        CPU              MEMORY                TASKS RST UPTIME
▸ local-0 running      ███▊░     █ 150% █▎░░░     █     1 GiB     2   0    20s
  local-1 backoff 1.2s           ▁                ▁                   3
 EVENTS (UTC)
 22:58:04 local-1 running → backoff: killed by SIGKILL
)" + std::string(13, '\n') + " q quit  r restart  s stop  n scale  l log  o sort  ? help\n");
}

TEST(render, never_exceeds_its_screen) {
    for (int workers : {0, 1, 5, 500})
        for (extent const size :
             {extent{8, 40}, extent{24, 80}, extent{25, 81}, extent{50, 120}, extent{100, 300}}) {
            auto view = test::view(workers);
            view.scheduler->tasks = {123456789, 12345678, 1234567890, 123456, 99};
            view.warnings = {std::string(500, 'x'), "another"};
            for (auto& w : view.workers)
                w.last_exit = exit_view{"", "exit", 1, std::nullopt, std::string(500, 'y') + "\nz"};
            auto m = test::connected(view);
            for (int n = 0; n < 300; ++n)
                m.on_event(test::event(std::string(100, 'n'), "running", "failed", std::string(1000, 't')));
            m.scroll_to_selection(lay_out(m, size).workers);
            auto const lines = render(m, size, test::start + 1h, unicode_glyphs());
            EXPECT_THAT(lines, SizeIs(size.rows));
            for (auto const& l : lines)
                EXPECT_LE(width_of(l), size.columns) << text_of(l);
        }
}

TEST(render, says_so_where_there_is_no_room) {
    EXPECT_THAT(screen(test::connected(test::view(1)), {5, 80}), ElementsAre("too small a window"));
}

TEST(render, goes_on_counting_while_nothing_is_heard) {
    auto const m = test::connected(test::view(1));
    auto const later = texts(render(m, classic, test::start + 5s, unicode_glyphs()));
    EXPECT_THAT(later[0], HasSubstr("up 1m 45s"));
    EXPECT_THAT(joined(later), HasSubstr(" 25s\n"));
}

TEST(render, tells_that_there_is_no_daemon) {
    auto m = test::connected(test::view(2));
    m.on_connection(false);
    auto const lines = screen(m);
    EXPECT_EQ(lines[0], " ● default: down                                 no daskd runs; waiting for one");
    EXPECT_THAT(joined(lines), Not(HasSubstr("local-0")));
}

TEST(render, keeps_to_ascii_where_it_must) {
    auto m = test::connected(test::view(3));
    for (auto const& l : screen(m, classic, ascii_glyphs()))
        for (char const c : l)
            EXPECT_GT(c, 0) << l;
}

TEST(render, scrolls_to_the_selected_worker) {
    auto m = test::connected(test::view(100));
    m.move_selection(50);
    m.scroll_to_selection(lay_out(m, classic).workers);
    EXPECT_THAT(joined(screen(m)), HasSubstr("▸ local-50 "));
    EXPECT_THAT(joined(screen(m)), Not(HasSubstr("local-0 ")));
}

TEST(render, shares_the_room_between_workers_and_events) {
    auto m = test::connected(test::view(100));
    for (int n = 0; n < 100; ++n)
        m.on_event(test::event("local-" + std::to_string(n), "starting", "running", ""));
    auto const shares = lay_out(m, classic);
    EXPECT_EQ(shares.events, 3U);
    EXPECT_EQ(shares.workers, 14U);
    EXPECT_EQ(lay_out(test::connected(test::view(2)), classic).workers, 2U);
}

TEST(render, shows_the_end_of_a_log_or_where_one_has_scrolled_to) {
    open_log log{"local-0", {}, 0, ""};
    for (int n = 0; n < 100; ++n)
        log.lines.push_back("line " + std::to_string(n));
    auto lines = texts(render_log(log, {10, 40}, unicode_glyphs()));
    EXPECT_EQ(lines[0], " log of local-0");
    EXPECT_EQ(lines[1], "line 92");
    EXPECT_EQ(lines[8], "line 99");
    log.scrolled = 10;
    lines = texts(render_log(log, {10, 40}, unicode_glyphs()));
    EXPECT_EQ(lines[0], " log of local-0, 10 lines above its end");
    EXPECT_EQ(lines[8], "line 89");
}

TEST(render, wraps_long_lines_of_a_log_and_takes_what_moves_the_cursor_out_of_them) {
    open_log log{"x", {"\033[31mred\033[0m\ttab", std::string(50, 'a')}, 0, ""};
    auto const lines = texts(render_log(log, {10, 40}, unicode_glyphs()));
    EXPECT_EQ(lines[1], "red     tab");
    EXPECT_EQ(lines[2], std::string(40, 'a'));
    EXPECT_EQ(lines[3], std::string(10, 'a'));
}

TEST(render, helps) {
    auto m = test::connected(test::view(1));
    m.shows_help = true;
    EXPECT_THAT(joined(screen(m)), HasSubstr("restart it"));
}

} // namespace
} // namespace daskd::ctl::top
