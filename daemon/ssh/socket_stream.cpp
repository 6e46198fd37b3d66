#include "daemon/ssh/socket_stream.hpp"

#include "daemon/async/deadline.hpp"
#include "daemon/process/resolve.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace daskd::ssh {

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<result<std::size_t>> socket_stream::read_some(std::span<char> into) {
    boost::system::error_code ec;
    auto const n = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()),
                                                    asio::redirect_error(asio::use_awaitable, ec));
    if (ec == asio::error::eof) co_return std::size_t{0};
    if (ec) co_return error{errc::failed, ec.message(), ""};
    co_return n;
}

asio::awaitable<result<void>> socket_stream::write(std::string_view bytes) {
    boost::system::error_code ec;
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return error{errc::failed, ec.message(), ""};
    co_return result<void>{};
}

void socket_stream::finish_writing() {
    boost::system::error_code ignored;
    socket_.shutdown(socket_type::shutdown_send, ignored);
}

void socket_stream::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

namespace {

void set_option(int fd, int level, int name, int value) {
    ::setsockopt(fd, level, name, &value, sizeof value);
}

/// libssh2 never notices a dead link. The kernel does when nothing has come for 5 s: it asks each second when
/// the link is idle, so that four packets in a row must be lost before a bad link is taken for a dead one.
void watch_link(int fd) {
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000); // holds for keepalives as well
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

asio::awaitable<result<std::unique_ptr<byte_stream>>> connect_to(tcp::endpoint address) {
    tcp::socket socket(co_await asio::this_coro::executor);
    boost::system::error_code ec;
    co_await socket.async_connect(address, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return error{errc::failed, address.address().to_string() + ": " + ec.message(), ""};
    watch_link(socket.native_handle());
    co_return std::make_unique<socket_stream>(std::move(socket));
}

} // namespace

asio::awaitable<result<std::unique_ptr<byte_stream>>> connect_tcp(std::string host, std::uint16_t port,
                                                                  std::chrono::milliseconds limit) {
    auto const end = std::chrono::steady_clock::now() + limit;
    auto resolving = process::resolve(host, limit);
    auto const addresses = co_await std::move(resolving);
    if (!addresses) co_return addresses.error();

    auto const place = host + " port " + std::to_string(port);
    error last{errc::failed, "no address", ""};
    auto left = addresses->size();
    for (auto const& address : *addresses) {
        auto const rest =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        auto const share = std::max(rest / static_cast<int>(left--), std::chrono::milliseconds(1));
        auto connecting = async::with_deadline(connect_to({address, port}), share, address.to_string());
        auto stream = co_await std::move(connecting);
        if (stream) co_return stream;
        last = stream.error();
    }
    co_return error{last.code, "cannot connect to " + place + ": " + last.what,
                    "is the host up, and sshd running there? try: ssh -p " + std::to_string(port) + " " +
                        host};
}

} // namespace daskd::ssh
