#include "daemon/async/open_questions.hpp"
#include "daemon/async/spawn_task.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <string>

namespace daskd::async {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using questions = open_questions<std::string>;

struct asked : testing::Test {
    static boost::asio::awaitable<void> ask(questions& of, std::optional<clock::time_point> limit,
                                            std::string& heard) {
        auto question = of.ask();
        auto waiting = question.answer(limit);
        auto const answer = co_await std::move(waiting);
        heard = answer.value_or("none") + (question.is_open() ? ", open" : "");
    }
    void ask(std::string& heard, std::optional<clock::time_point> limit = {},
             boost::asio::cancellation_slot stop = {}) {
        spawn_task(io.get_executor(), "ask", ask(all, limit, heard), {}, stop);
        io.restart();
        io.poll();
    }
    bool comes(std::function<bool()> const& condition) { return test::run_until(io, condition, 5s); }

    boost::asio::io_context io;
    questions all;
    std::string first, second;
};

TEST_F(asked, answers_find_their_questions_in_any_order) {
    ask(first);
    ask(second);
    all.answer(2, "two");
    EXPECT_TRUE(comes([&] { return second == "two"; }));
    EXPECT_EQ(first, "");
    all.answer(1, "one");
    EXPECT_TRUE(comes([&] { return first == "one"; }));
}

TEST_F(asked, an_answer_that_nobody_waits_for_is_nothing) {
    all.answer(1, "early");
    ask(first);
    EXPECT_EQ(first, "");
    all.answer(1, "one");
    EXPECT_TRUE(comes([&] { return first == "one"; }));
    all.answer(1, "late");
}

TEST_F(asked, waits_until_the_limit) {
    ask(first, clock::now() + 10ms);
    EXPECT_TRUE(comes([&] { return first == "none, open"; }));
}

TEST_F(asked, all_that_are_open_can_be_answered_at_once) {
    ask(first);
    ask(second);
    all.answer(1, "one");
    all.answer_all("it ended");
    EXPECT_TRUE(comes([&] { return first == "one" && second == "it ended"; }));
}

TEST_F(asked, ids_are_never_used_twice) {
    EXPECT_EQ(all.new_id(), 1U);
    ask(first);
    all.answer(2, "two");
    EXPECT_TRUE(comes([&] { return first == "two"; }));
    EXPECT_EQ(all.new_id(), 3U);
}

TEST_F(asked, whoever_is_cancelled_waits_no_more) {
    boost::asio::cancellation_signal stop;
    ask(first, {}, stop.slot());
    stop.emit(boost::asio::cancellation_type::terminal);
    io.restart();
    io.poll();
    EXPECT_EQ(first, "");
    all.answer(1, "one");
    io.restart();
    io.poll();
    EXPECT_EQ(first, "");
}

} // namespace
} // namespace daskd::async
