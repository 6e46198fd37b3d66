#include "daemon/async/json_connection.hpp"

#include "daemon/async/unix_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <spdlog/spdlog.h>

namespace daskd::async {
namespace {

/// A peer of our own may list thousands of processes in one message.
constexpr std::size_t max_message_bytes = std::size_t{64} << 20;

} // namespace

result<std::shared_ptr<json_connection>>
json_connection::connect(boost::asio::any_io_executor const& executor, std::string const& path) {
    auto socket = connect_unix(executor, path);
    if (!socket) return socket.error();
    return std::make_shared<json_connection>(*std::move(socket));
}

json_connection::json_connection(boost::asio::local::stream_protocol::socket socket)
    : socket_(std::move(socket)), lines_(max_message_bytes) {}

void json_connection::start(callbacks calls) {
    calls_ = std::move(calls);
    read();
}

void json_connection::read() {
    socket_.async_read_some(boost::asio::buffer(chunk_),
                            [self = shared_from_this()](boost::system::error_code ec, std::size_t n) {
                                if (!self->socket_.is_open()) return;
                                if (ec) return self->fail(ec.message());
                                self->lines_.append({self->chunk_.data(), n});
                                self->deliver();
                            });
}

void json_connection::deliver() {
    while (socket_.is_open()) {
        auto const line = lines_.next();
        if (!line) break;
        auto message = parse_json(*line);
        if (!message) return fail("not JSON: " + message.error().what);
        calls_.on_message(std::move(*message));
    }
    if (!socket_.is_open()) return;
    if (lines_.is_overlong()) return fail("a message over 64 MiB");
    read();
}

void json_connection::send(json const& message) {
    if (!socket_.is_open()) return;
    queued_ += to_line(message);
    queued_ += '\n';
    if (is_writing_) return;
    is_writing_ = true;
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write(); });
}

void json_connection::write() {
    if (!socket_.is_open() || queued_.empty()) {
        is_writing_ = false;
        return;
    }
    writing_ = std::exchange(queued_, {});
    boost::asio::async_write(socket_, boost::asio::buffer(writing_),
                             [self = shared_from_this()](boost::system::error_code ec, std::size_t) {
                                 // A write that fails is followed by a read that fails: that one tells.
                                 if (ec) self->queued_.clear();
                                 self->write();
                             });
}

void json_connection::fail(std::string const& why) {
    auto const on_close = std::move(calls_.on_close);
    close();
    if (on_close) on_close(why);
}

void json_connection::close() {
    if (!socket_.is_open()) return;
    boost::system::error_code ec;
    if (!queued_.empty()) {
        socket_.non_blocking(true, ec);
        socket_.write_some(boost::asio::buffer(queued_), ec);
    }
    socket_.close(ec);
    // The callbacks may hold their owner, and may be what is running now: let them go a turn later.
    boost::asio::post(socket_.get_executor(), [calls = std::exchange(calls_, {})] {});
}

} // namespace daskd::async
