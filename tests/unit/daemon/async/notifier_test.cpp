#include "daemon/async/notifier.hpp"
#include "daemon/async/spawn_task.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

namespace daskd::async {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

boost::asio::awaitable<void> wait_and_count(notifier& n, std::optional<clock::time_point> limit, int& count) {
    co_await n.wait(limit);
    ++count;
}

struct notified : testing::Test {
    void wait(std::optional<clock::time_point> limit = {}, boost::asio::cancellation_slot stop = {}) {
        spawn_task(io.get_executor(), "wait", wait_and_count(news, limit, woken), {}, stop);
    }
    bool comes(std::function<bool()> const& condition) { return test::run_until(io, condition, 5s); }
    void turn() {
        io.restart();
        io.poll();
    }

    boost::asio::io_context io;
    notifier news;
    int woken = 0;
};

TEST_F(notified, wakes_all_who_wait) {
    wait();
    wait();
    turn();
    EXPECT_EQ(woken, 0);
    news.notify_all();
    turn();
    EXPECT_EQ(woken, 2);
}

TEST_F(notified, is_not_remembered) {
    news.notify_all();
    wait();
    turn();
    EXPECT_EQ(woken, 0) << "whoever waits has looked before";
    news.notify_all();
    turn();
    EXPECT_EQ(woken, 1);
}

TEST_F(notified, returns_at_the_limit) {
    wait(clock::now() + 10ms);
    EXPECT_TRUE(comes([&] { return woken == 1; }));
    wait(clock::now() - 1s);
    EXPECT_TRUE(comes([&] { return woken == 2; })) << "also when it has passed";
}

TEST_F(notified, cancelling_one_leaves_the_others) {
    boost::asio::cancellation_signal stop;
    wait({}, stop.slot());
    wait();
    turn();
    stop.emit(boost::asio::cancellation_type::terminal);
    turn();
    EXPECT_EQ(woken, 0) << "it has ended by an exception, not by news";
    news.notify_all();
    turn();
    EXPECT_EQ(woken, 1);
}

boost::asio::awaitable<void> notify_and_count(notifier& n, int& count) {
    co_await n.wait({});
    ++count;
    n.notify_all();
}

TEST_F(notified, who_is_woken_may_notify) {
    spawn_task(io.get_executor(), "first", notify_and_count(news, woken));
    spawn_task(io.get_executor(), "second", notify_and_count(news, woken));
    turn();
    news.notify_all();
    turn();
    EXPECT_EQ(woken, 2);
}

} // namespace
} // namespace daskd::async
