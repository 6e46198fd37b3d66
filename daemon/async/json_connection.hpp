#pragma once

#include "common/json.hpp"
#include "daemon/async/line_splitter.hpp"

#include <boost/asio/local/stream_protocol.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace daskd::async {

/// One JSON object a line, both ways, over a connected Unix socket to a part of daskd's own (an agent, the
/// scheduler link). Reading and writing go on by themselves; whoever holds the pointer owns the connection.
class json_connection : public std::enable_shared_from_this<json_connection> {
public:
    struct callbacks {
        std::function<void(json)> on_message;
        /// The peer is gone, or said something that is no JSON. Called once; never after close().
        std::function<void(std::string const& why)> on_close;
    };

    /// As connect_unix (unix_socket.hpp).
    [[nodiscard]] static result<std::shared_ptr<json_connection>>
    connect(boost::asio::any_io_executor const& executor, std::string const& path);

    void start(callbacks calls);
    /// Queues one message; several that are sent in one turn leave together.
    void send(json const& message);
    /// Sends what is queued as far as the socket takes it now, then closes. No callback comes after this.
    void close();
    [[nodiscard]] bool is_open() const { return socket_.is_open(); }

    explicit json_connection(boost::asio::local::stream_protocol::socket socket);

private:
    void read();
    void deliver();
    void write();
    void fail(std::string const& why);

    boost::asio::local::stream_protocol::socket socket_;
    callbacks calls_;
    line_splitter lines_;
    std::array<char, 65536> chunk_{};
    std::string queued_;
    std::string writing_;
    bool is_writing_ = false;
};

} // namespace daskd::async
