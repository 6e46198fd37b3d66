#include "daemon/async/json_connection.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

namespace daskd::async {
namespace {

using namespace std::chrono_literals;
using socket = boost::asio::local::stream_protocol::socket;
using testing::ElementsAre;
using testing::HasSubstr;

/// A connection, what it got, and its raw other end.
struct connected : testing::Test {
    connected() {
        socket ours(io);
        boost::asio::local::connect_pair(ours, peer);
        connection = std::make_shared<json_connection>(std::move(ours));
        connection->start({[this](json value) { on_message(std::move(value)); },
                           [this](std::string const& why) { closed.push_back(why); }});
    }

    void says(std::string const& bytes) { boost::asio::write(peer, boost::asio::buffer(bytes)); }
    void turn() {
        io.restart();
        io.poll();
    }
    /// Everything that the other end can read by now.
    std::string heard() {
        std::string text(peer.available(), '\0');
        boost::asio::read(peer, boost::asio::buffer(text));
        return text;
    }

    boost::asio::io_context io;
    socket peer{io};
    std::shared_ptr<json_connection> connection;
    std::vector<json> messages;
    std::vector<std::string> closed;
    std::function<void(json)> on_message = [this](json value) { messages.push_back(std::move(value)); };
};

TEST_F(connected, reads_an_object_a_line_however_it_arrives) {
    says("{\"a\":1}\n{\"a\":2}\n{\"a\"");
    turn();
    EXPECT_THAT(messages, ElementsAre(json{{"a", 1}}, json{{"a", 2}}));
    says(":3}\n");
    turn();
    EXPECT_EQ(messages.back(), (json{{"a", 3}}));
    EXPECT_TRUE(closed.empty());
}

TEST_F(connected, messages_of_one_turn_leave_together_and_in_order) {
    connection->send({{"n", 1}});
    connection->send({{"n", 2}});
    EXPECT_EQ(heard(), "") << "not before this turn is over";
    turn();
    EXPECT_EQ(heard(), "{\"n\":1}\n{\"n\":2}\n");
    connection->send({{"n", 3}});
    turn();
    EXPECT_EQ(heard(), "{\"n\":3}\n");
}

TEST_F(connected, a_message_larger_than_the_sockets_buffer_arrives_whole) {
    std::string const big(4 << 20, 'x');
    connection->send({{"big", big}});
    connection->send({{"last", true}});
    std::string all;
    auto const is_complete = [&] {
        all += heard();
        return all.ends_with("{\"last\":true}\n");
    };
    ASSERT_TRUE(test::run_until(io, is_complete, 10s));
    EXPECT_EQ(all.size(), big.size() + std::string("{\"big\":\"\"}\n{\"last\":true}\n").size());
}

TEST_F(connected, the_end_of_the_peer_is_told_once) {
    says("{\"a\":1}\n");
    peer.close();
    turn();
    EXPECT_EQ(messages.size(), 1U) << "what it said before counts";
    EXPECT_EQ(closed.size(), 1U);
    EXPECT_FALSE(connection->is_open());
    connection->send({{"n", 1}});
    turn();
    EXPECT_EQ(closed.size(), 1U);
}

TEST_F(connected, what_is_no_json_ends_it) {
    says("{\"a\":1}\nhello\n{\"a\":2}\n");
    turn();
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_THAT(closed, ElementsAre(HasSubstr("not JSON")));
    EXPECT_FALSE(connection->is_open());
}

TEST_F(connected, close_sends_what_is_queued_and_calls_nobody) {
    connection->send({{"op", "goodbye"}});
    connection->close();
    EXPECT_EQ(heard(), "{\"op\":\"goodbye\"}\n");
    turn();
    EXPECT_TRUE(closed.empty());
    EXPECT_FALSE(connection->is_open());
    connection->close(); // again: nothing
}

TEST_F(connected, may_be_closed_by_whoever_gets_a_message) {
    on_message = [this](json value) {
        messages.push_back(std::move(value));
        connection->close();
    };
    says("{\"a\":1}\n{\"a\":2}\n");
    turn();
    EXPECT_EQ(messages.size(), 1U);
    EXPECT_TRUE(closed.empty());
}

TEST_F(connected, lets_go_of_its_callbacks_when_it_is_closed) {
    auto const owner = std::make_shared<int>();
    socket other(io);
    socket end(io);
    boost::asio::local::connect_pair(other, end);
    auto const second = std::make_shared<json_connection>(std::move(other));
    second->start({[owner](json const&) {}, [owner](std::string const&) {}});
    EXPECT_GT(owner.use_count(), 1);
    second->close();
    turn();
    EXPECT_EQ(owner.use_count(), 1);
}

TEST(json_connection, connecting_to_nobody_says_where) {
    boost::asio::io_context io;
    test::temporary_directory const dir;
    auto const path = (dir / "none.sock").string();
    auto const refused = json_connection::connect(io.get_executor(), path);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("cannot connect to " + path));
}

} // namespace
} // namespace daskd::async
