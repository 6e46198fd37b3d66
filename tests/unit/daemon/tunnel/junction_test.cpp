#include "daemon/async/spawn_task.hpp"
#include "daemon/ssh/socket_stream.hpp"
#include "daemon/tunnel/junction.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daskd::tunnel {
namespace {

using namespace std::chrono_literals;
using boost::asio::local::stream_protocol;

/// A mouth as daskd sees it: it does what the test has it do.
class far_end {
public:
    explicit far_end(boost::asio::io_context& io) : socket_(io) {
        stream_protocol::socket near(io);
        boost::asio::local::connect_pair(near, socket_);
        socket_.non_blocking(true);
        link = std::make_shared<ssh::socket_stream>(std::move(near));
    }

    bool has_been_told(std::string const& op) {
        read();
        return last_.contains(op);
    }
    bool is_let_go() {
        read();
        return is_let_go_;
    }
    json const& last(std::string const& op) { return last_.at(op); }
    void say(json const& event) {
        boost::asio::write(socket_, boost::asio::buffer(control_frame(event.dump())));
    }
    void close() { socket_.close(); }

    std::shared_ptr<ssh::socket_stream> link;

private:
    void read() {
        std::array<char, 4096> chunk{};
        boost::system::error_code ec;
        while (auto const n = socket_.read_some(boost::asio::buffer(chunk), ec))
            pending_.append(chunk.data(), n);
        is_let_go_ = ec == boost::asio::error::eof;
        while (auto const header = header_of(pending_)) {
            if (pending_.size() < header_bytes + header->length) break;
            auto const order = json::parse(pending_.substr(header_bytes, header->length));
            last_[order.at("op").get<std::string>()] = order;
            pending_.erase(0, header_bytes + header->length);
        }
    }

    stream_protocol::socket socket_;
    std::string pending_;
    bool is_let_go_ = false;
    std::map<std::string, json> last_; ///< by `op`
};

struct a_junction : testing::Test {
    void attach(far_end& mouth, std::optional<bool>& attached) {
        auto work = [](auto all, auto link, auto& into) -> boost::asio::awaitable<void> {
            auto attaching = all->attach("h1", link);
            auto const done = co_await std::move(attaching);
            into = done.has_value();
        };
        async::spawn_task(io.get_executor(), "attach", work(all, mouth.link, attached));
    }
    /// Until it is told its ports, and has said that it listens there.
    void attach(far_end& mouth) {
        std::optional<bool> attached;
        attach(mouth, attached);
        ASSERT_TRUE(comes([&] { return mouth.has_been_told("routes"); }));
        mouth.say({{"event", "listening"},
                   {"revision", mouth.last("routes")["revision"]},
                   {"failed", json::object()}});
        ASSERT_TRUE(comes([&] { return attached.has_value(); }));
        ASSERT_TRUE(*attached);
    }
    void run(std::string const& what, boost::asio::awaitable<void> work, bool& done) {
        auto wait = [](auto its, auto& over) -> boost::asio::awaitable<void> {
            co_await std::move(its);
            over = true;
        };
        async::spawn_task(io.get_executor(), what, wait(std::move(work), done));
    }
    bool comes(std::function<bool()> const& condition) { return test::run_until(io, condition, 5s); }

    boost::asio::io_context io;
    std::vector<std::string> lost;
    std::shared_ptr<junction> all = std::make_shared<junction>(
        io.get_executor(), junction::callbacks{[](auto const&, int, auto const&) {},
                                               [this](auto const& name) { lost.push_back(name); }});
};

TEST_F(a_junction, knows_the_mouths_that_it_reaches) {
    far_end mouth(io);
    EXPECT_FALSE(all->is_attached("h1"));
    attach(mouth);
    EXPECT_TRUE(all->is_attached("h1"));
    mouth.close();
    EXPECT_TRUE(comes([&] { return !lost.empty(); }));
    EXPECT_FALSE(all->is_attached("h1"));
    EXPECT_THAT(lost, testing::ElementsAre("h1"));
}

TEST_F(a_junction, closes_a_link_that_another_replaces) {
    far_end before(io);
    far_end after(io);
    attach(before);
    attach(after);
    EXPECT_TRUE(comes([&] { return before.is_let_go(); }));
    EXPECT_TRUE(all->is_attached("h1"));
    EXPECT_THAT(lost, testing::IsEmpty());
}

TEST_F(a_junction, does_not_count_a_mouth_that_is_to_end_and_waits_for_its_end) {
    far_end mouth(io);
    attach(mouth);
    bool has_ended = false;
    bool may_come_again = false;
    run("end", all->end("h1"), has_ended);
    EXPECT_TRUE(comes([&] { return mouth.has_been_told("end"); }));
    run("ended", all->ended("h1"), may_come_again);
    EXPECT_FALSE(all->is_attached("h1"));
    EXPECT_FALSE(test::run_until(
        io, [&] { return may_come_again; }, 50ms));
    mouth.close();
    EXPECT_TRUE(comes([&] { return may_come_again && has_ended; }));
    EXPECT_THAT(lost, testing::IsEmpty());
}

TEST_F(a_junction, waits_for_no_mouth_that_goes_on) {
    far_end mouth(io);
    attach(mouth);
    bool first = false;
    bool second = false;
    run("ended", all->ended("h1"), first);
    run("ended", all->ended("h2"), second);
    EXPECT_TRUE(comes([&] { return first && second; }));
}

TEST_F(a_junction, lets_go_of_all) {
    far_end mouth(io);
    attach(mouth);
    all->leave();
    EXPECT_TRUE(comes([&] { return mouth.is_let_go(); }));
    EXPECT_FALSE(mouth.has_been_told("end"));
    EXPECT_THAT(lost, testing::IsEmpty());
}

} // namespace
} // namespace daskd::tunnel
