#include "ctl/top/keys.hpp"
#include "views.hpp"

#include <gmock/gmock.h>

namespace daskd::ctl::top {
namespace {

/// Types characters; '\n' is Enter, '\033' Escape, '\b' Backspace. The last action that came of it.
std::optional<action> type(model& m, std::string const& characters) {
    std::optional<action> last;
    for (char const c : characters) {
        key k{special::none, c};
        if (c == '\n') k = {special::enter, 0};
        if (c == '\033') k = {special::escape, 0};
        if (c == '\b') k = {special::backspace, 0};
        last = press(m, k, 10);
    }
    return last;
}

struct key_case {
    char const* name;
    char const* typed;
    char const* method; ///< empty: nothing is ordered
    json params;
};

class orders : public testing::TestWithParam<key_case> {};

TEST_P(orders, follow_from_keys) {
    auto const& c = GetParam();
    auto view = test::view(3);
    view.workers[2].desired = "stopped";
    auto m = test::connected(view);
    auto const a = type(m, c.typed);
    auto const* o = a ? std::get_if<order>(&*a) : nullptr;
    EXPECT_EQ(o == nullptr ? "" : o->method, c.method);
    if (o != nullptr) {
        EXPECT_EQ(o->params, c.params);
    }
    EXPECT_FALSE(m.question) << "answered";
}

INSTANTIATE_TEST_SUITE_P(all, orders,
                         testing::ValuesIn(std::vector<key_case>{
                             {"restart", "ry", "worker.restart", {{"names", {"local-0"}}}},
                             {"restart_another", "jry", "worker.restart", {{"names", {"local-1"}}}},
                             {"not_restart", "rn", "", {}},
                             {"not_by_mistake", "rr", "", {}},
                             {"stop", "sy", "worker.stop", {{"names", {"local-0"}}}},
                             {"start", "jjs", "worker.start", {{"names", {"local-2"}}}},
                             {"more", "+", "pool.scale", {{"pools", {{"local", 4}}}}},
                             {"less", "-", "pool.scale", {{"pools", {{"local", 2}}}}},
                             {"number", "n12\n", "pool.scale", {{"pools", {{"local", 12}}}}},
                             {"corrected", "n13\bx2\n", "pool.scale", {{"pools", {{"local", 12}}}}},
                             {"no_number", "n\n", "", {}},
                             {"thought_better", "n8\033", "", {}},
                             {"unknown", "z", "", {}},
                         }),
                         [](auto const& c) { return std::string(c.param.name); });

TEST(keys, do_nothing_where_there_is_nothing_to_do_it_to) {
    auto m = test::connected(down_view("default"));
    for (auto const* typed : {"ry", "sy", "n3\n", "+", "-", "l", "\n", "jk"})
        EXPECT_FALSE(type(m, typed)) << typed;
    EXPECT_FALSE(m.question);
}

TEST(keys, scale_the_only_pool_though_it_has_no_worker) {
    auto view = test::view(0);
    auto m = test::connected(view);
    auto const a = type(m, "+");
    ASSERT_TRUE(a);
    EXPECT_EQ(std::get<order>(*a).params, (json{{"pools", {{"local", 1}}}}));
    EXPECT_FALSE(type(m, "-"));
}

TEST(keys, leave_and_come_back) {
    auto m = test::connected(test::view(1));
    EXPECT_TRUE(std::holds_alternative<leave>(*type(m, "q")));
    EXPECT_EQ(std::get<follow_log>(*type(m, "l")).name, "local-0");
    ASSERT_TRUE(m.log);
    EXPECT_TRUE(std::holds_alternative<close_log>(*type(m, "q")));
    EXPECT_FALSE(m.log);
    EXPECT_EQ(std::get<follow_log>(*type(m, "L")).name, "scheduler");
    EXPECT_TRUE(std::holds_alternative<close_log>(*type(m, "\033")));
    EXPECT_FALSE(type(m, "?"));
    EXPECT_TRUE(m.shows_help);
    EXPECT_FALSE(type(m, "q")) << "any key leaves the help, and nothing else";
    EXPECT_FALSE(m.shows_help);
}

TEST(keys, stay_within_the_workers) {
    auto m = test::connected(test::view(3));
    EXPECT_EQ(m.selected, "local-0");
    type(m, "k");
    EXPECT_EQ(m.selected, "local-0");
    (void)press(m, {special::page_down, 0}, 10);
    EXPECT_EQ(m.selected, "local-2");
    (void)press(m, {special::home, 0}, 10);
    EXPECT_EQ(m.selected, "local-0");
}

TEST(model, keeps_its_selection_and_lets_go_of_workers_that_are_gone) {
    auto m = test::connected(test::view(3));
    type(m, "j");
    m.on_status(test::view(2), test::start + std::chrono::seconds(1));
    EXPECT_EQ(m.selected, "local-1");
    m.on_status(test::view(1), test::start + std::chrono::seconds(2));
    EXPECT_EQ(m.selected, "local-0");
    EXPECT_EQ(m.courses.size(), 1U);
    EXPECT_EQ(m.courses.at("local-0").cpu_percent.size(), 3U);
}

TEST(model, sorts_as_it_is_told) {
    auto view = test::view(3);
    view.workers[1].cpu_percent = 190;
    view.workers[2].restarts = 7;
    auto m = test::connected(view);
    type(m, "o");
    EXPECT_EQ(m.rows().front()->name, "local-1");
    type(m, "oo");
    EXPECT_EQ(m.rows().front()->name, "local-2");
    type(m, "o");
    EXPECT_EQ(m.rows().front()->name, "local-0");
}

TEST(model, does_not_carry_a_reader_of_old_lines_along) {
    auto m = test::connected(test::view(1));
    type(m, "l");
    m.on_log("local-0", {"1", "2", "3"});
    m.on_log("other", {"x"});
    type(m, "k");
    m.on_log("local-0", {"4", "5"});
    EXPECT_EQ(m.log->lines.size(), 5U);
    EXPECT_EQ(m.log->scrolled, 3U);
    (void)press(m, {special::end, 0}, 10);
    EXPECT_EQ(m.log->scrolled, 0U);
}

} // namespace
} // namespace daskd::ctl::top
