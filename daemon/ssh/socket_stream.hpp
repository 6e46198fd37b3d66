#pragma once

#include "daemon/ssh/byte_stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace daskd::ssh {

/// A connected socket, TCP or Unix.
class socket_stream : public byte_stream {
public:
    using socket_type = boost::asio::generic::stream_protocol::socket;

    explicit socket_stream(socket_type socket) : socket_(std::move(socket)) {}

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override;
    boost::asio::awaitable<result<void>> write(std::string_view bytes) override;
    void finish_writing() override;
    void close() override;

private:
    socket_type socket_;
};

/// Connects to `host`, trying its addresses one after the other within `limit`, each with its share of what
/// is left. A link that is cut later breaks the connection about five seconds after, also when nothing is
/// sent.
[[nodiscard]] boost::asio::awaitable<result<std::unique_ptr<byte_stream>>>
connect_tcp(std::string host, std::uint16_t port, std::chrono::milliseconds limit);

} // namespace daskd::ssh
