#include "ctl/client.hpp"
#include "fake_daemon.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace daskd::ctl {
namespace {

using std::chrono::steady_clock;

struct client_test : testing::Test {
    client connect(fake_daemon::answerer answer) {
        daemon.emplace(socket, std::move(answer));
        return std::move(*client::connect(socket, ::getuid()).value());
    }

    scratch_dir dir;
    std::filesystem::path socket = dir.path() / "control.sock";
    std::optional<fake_daemon> daemon;
};

std::string numbered_note(int n) {
    return to_line(rpc::make_notification("event", {{"seq", n}}));
}

TEST_F(client_test, nobody_listens) {
    auto const none = client::connect(socket, ::getuid());
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
    { fake_daemon gone(socket, nullptr); }
    auto const stale = client::connect(socket, ::getuid());
    ASSERT_TRUE(stale);
    EXPECT_FALSE(*stale);
}

TEST_F(client_test, refuses_the_daemon_of_another_user) {
    fake_daemon other(socket, nullptr);
    auto const refused = client::connect(socket, ::getuid() + 1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::failed);
}

TEST_F(client_test, gets_the_answer_to_its_question) {
    auto c = connect([](json const& q) {
        return std::vector{reply_to(q, {{"method", q.at("method")}, {"params", q.at("params")}})};
    });
    EXPECT_EQ(c.call({"a.b", {{"x", 1}}}).value(), (json{{"method", "a.b"}, {"params", {{"x", 1}}}}));
    EXPECT_EQ(c.call({"c.d"}).value(), (json{{"method", "c.d"}, {"params", json::object()}}));
}

TEST_F(client_test, gets_an_error_with_its_hint) {
    auto c = connect([](json const& q) {
        return std::vector{
            to_line(rpc::make_error(q.at("id"), rpc::code::unknown_name, "no worker 'x'", "see status"))};
    });
    auto const e = c.call({"worker.stop"}).error();
    EXPECT_EQ(e.code, errc::unknown_name);
    EXPECT_EQ(e.what, "no worker 'x'");
    EXPECT_EQ(e.hint, "see status");
}

TEST_F(client_test, keeps_notifications_that_come_before_the_answer) {
    auto c = connect([](json const& q) {
        return std::vector{numbered_note(1), reply_to(q, {}), numbered_note(2)};
    });
    ASSERT_TRUE(c.call({"events.subscribe"}));
    for (int const n : {1, 2}) {
        auto const news = c.notification(milliseconds(5000)).value();
        ASSERT_TRUE(news);
        EXPECT_EQ(news->at("params").at("seq"), n);
    }
    EXPECT_EQ(c.notification(milliseconds(0)).value(), std::nullopt);
}

TEST_F(client_test, passes_over_answers_to_others) {
    auto c = connect([](json const& q) {
        return std::vector{to_line(rpc::make_reply(99, "no")), reply_to(q, "yes")};
    });
    EXPECT_EQ(c.call({"x"}).value(), "yes");
}

TEST_F(client_test, reads_an_answer_of_many_megabytes) {
    std::string const large(std::size_t{8} << 20, 'x');
    auto c = connect([&](json const& q) { return std::vector{reply_to(q, large)}; });
    EXPECT_EQ(c.call({"x"}, milliseconds(40'000)).value().get<std::string>().size(), large.size());
}

TEST_F(client_test, gives_up_on_a_daemon_that_does_not_answer) {
    auto c = connect([](json const&) { return std::vector<std::string>(); });
    auto const start = steady_clock::now();
    auto const e = c.call({"x"}, milliseconds(50)).error();
    EXPECT_EQ(e.code, errc::no_daemon);
    EXPECT_NE(e.what.find(std::to_string(::getpid())), std::string::npos) << e.what;
    EXPECT_GE(steady_clock::now() - start, milliseconds(50));
}

TEST_F(client_test, notices_a_daemon_that_hangs_up) {
    auto c = connect([](json const&) { return std::vector<std::string>{""}; });
    EXPECT_EQ(c.call({"x"}).error().code, errc::no_daemon);
    EXPECT_EQ(c.call({"x"}).error().code, errc::no_daemon);
}

TEST_F(client_test, survives_what_is_no_json) {
    auto c = connect([](json const&) { return std::vector<std::string>{"]["}; });
    EXPECT_EQ(c.call({"x"}).error().code, errc::failed);
}

} // namespace
} // namespace daskd::ctl
