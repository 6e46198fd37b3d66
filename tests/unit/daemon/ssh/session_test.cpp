#include "daemon/async/deadline.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/ssh/relay.hpp"
#include "daemon/ssh/session.hpp"
#include "daemon/ssh/socket_stream.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <gmock/gmock.h>

namespace daskd::ssh {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using namespace std::chrono_literals;
using testing::HasSubstr;

/// A port of this machine behind which no sshd is. What sshd does is tested with real ones
/// (tests/integration/test_ssh_*.py).
struct ssh_session : testing::Test {
    result<std::shared_ptr<session>> connect(session_limits limits) {
        host_settings host;
        host.name = host.host_name = "127.0.0.1";
        host.port = port.local_endpoint().port();
        host.user = "alice";
        return test::run_task(io, session::connect({host}, limits));
    }

    asio::io_context io;
    asio::ip::tcp::acceptor port{io, {asio::ip::make_address("127.0.0.1"), 0}};
};

asio::awaitable<void> answer(asio::ip::tcp::acceptor& port, std::string text) {
    auto socket = co_await port.async_accept(asio::use_awaitable);
    boost::system::error_code ignored;
    socket.write_some(asio::buffer(text), ignored);
}

TEST_F(ssh_session, silence_has_a_deadline) {
    auto const got = connect({1s, 1s, 1s});
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, errc::timed_out);
    EXPECT_THAT(got.error().what, HasSubstr("no SSH with alice@127.0.0.1 (127.0.0.1 port "));
}

TEST_F(ssh_session, something_else_answers) {
    for (auto const* text : {"", "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-x\r\n\0\0\0\0garbage"}) {
        async::spawn_task(io.get_executor(), "answer", answer(port, text));
        auto const got = connect({5s, 5s, 5s});
        ASSERT_FALSE(got) << text;
        EXPECT_EQ(got.error().code, errc::failed) << text;
        EXPECT_THAT(got.error().what, HasSubstr("no SSH with")) << text;
    }
}

TEST_F(ssh_session, nobody_listens) {
    auto const place = port.local_endpoint();
    port.close();
    auto const got = test::run_task(io, connect_tcp("127.0.0.1", place.port(), 5s));
    ASSERT_FALSE(got);
    EXPECT_THAT(got.error().what,
                HasSubstr("cannot connect to 127.0.0.1 port " + std::to_string(place.port())));
    EXPECT_THAT(got.error().hint, HasSubstr("ssh -p"));
}

/// Two pairs of sockets with a relay between them.
struct ssh_relay : testing::Test {
    ssh_relay() {
        asio::local::connect_pair(left, inner_left);
        asio::local::connect_pair(right, inner_right);
        async::spawn_task(io.get_executor(), "relay", run());
    }
    asio::awaitable<void> run() {
        auto carrying = relay(std::make_shared<socket_stream>(std::move(inner_left)),
                              std::make_shared<socket_stream>(std::move(inner_right)));
        co_await std::move(carrying);
        is_over = true;
    }
    /// All that comes out of a socket until its end.
    std::string drain(stream_protocol::socket& from) {
        std::string all;
        from.non_blocking(true);
        bool const ended = test::run_until(io, [&] {
            std::array<char, 4096> chunk;
            boost::system::error_code ec;
            auto const n = from.read_some(asio::buffer(chunk), ec);
            all.append(chunk.data(), n);
            return ec && ec != asio::error::would_block;
        });
        EXPECT_TRUE(ended);
        return all;
    }

    asio::io_context io;
    stream_protocol::socket left{io};
    stream_protocol::socket right{io};
    stream_protocol::socket inner_left{io};
    stream_protocol::socket inner_right{io};
    bool is_over = false;
};

TEST_F(ssh_relay, one_direction_may_end_before_the_other) {
    left.write_some(asio::buffer("question", 8));
    left.shutdown(stream_protocol::socket::shutdown_send);
    EXPECT_EQ(drain(right), "question");
    EXPECT_FALSE(is_over);
    right.write_some(asio::buffer("answer", 6));
    right.close();
    EXPECT_EQ(drain(left), "answer");
    EXPECT_TRUE(test::run_until(io, [this] { return is_over; }));
}

TEST_F(ssh_relay, a_broken_end_ends_both) {
    right.close();
    test::run_until(io, [this] {
        boost::system::error_code ec;
        left.write_some(asio::buffer("x", 1), ec);
        return is_over;
    });
    EXPECT_TRUE(is_over);
    EXPECT_EQ(drain(left), "");
}

TEST_F(ssh_relay, as_socket) {
    stream_protocol::socket peer(io);
    stream_protocol::socket own(io);
    asio::local::connect_pair(peer, own);
    auto socket = as_socket(io.get_executor(), std::make_shared<socket_stream>(std::move(own)));
    ASSERT_TRUE(socket);
    peer.write_some(asio::buffer("hello", 5));
    peer.close();
    EXPECT_EQ(drain(*socket), "hello");
}

} // namespace
} // namespace daskd::ssh
