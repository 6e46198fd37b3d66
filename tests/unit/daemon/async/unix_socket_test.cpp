#include "daemon/async/unix_socket.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

namespace daskd::async {
namespace {

using boost::asio::local::stream_protocol;
using testing::HasSubstr;

struct unix_socket : testing::Test {
    /// A process that listens and takes nobody.
    stream_protocol::acceptor listen(int queue) {
        stream_protocol::acceptor listener(io, stream_protocol());
        listener.bind(stream_protocol::endpoint(path));
        listener.listen(queue);
        return listener;
    }

    boost::asio::io_context io;
    test::temporary_directory directory;
    std::string path = directory / "s";
};

TEST_F(unix_socket, says_why_nobody_is_there) {
    auto const refused = connect_unix(io.get_executor(), path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "cannot connect to " + path + ": No such file or directory");
    EXPECT_FALSE(is_served(io.get_executor(), path));
    (void)listen(1);
    EXPECT_EQ(connect_unix(io.get_executor(), path).error().code, errc::failed) << "its process has ended";
    EXPECT_FALSE(is_served(io.get_executor(), path));
}

TEST_F(unix_socket, does_not_wait_for_one_who_takes_nobody) {
    auto const listener = listen(1);
    std::vector<stream_protocol::socket> waiting;
    auto last = connect_unix(io.get_executor(), path);
    for (; last && waiting.size() < 10; last = connect_unix(io.get_executor(), path))
        waiting.push_back(*std::move(last));
    ASSERT_FALSE(last);
    EXPECT_EQ(last.error().code, errc::busy);
    EXPECT_THAT(last.error().what, HasSubstr(path + " takes no connections: is it stopped?"));
    EXPECT_FALSE(waiting.empty());
    EXPECT_TRUE(is_served(io.get_executor(), path));
}

TEST_F(unix_socket, refuses_a_path_that_is_too_long) {
    auto const refused = connect_unix(io.get_executor(), std::string(108, 'x'));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("the path is too long"));
}

} // namespace
} // namespace daskd::async
