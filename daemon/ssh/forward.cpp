#include "daemon/ssh/forward.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/ssh/relay.hpp"
#include "daemon/ssh/socket_stream.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <spdlog/spdlog.h>

#include <set>

namespace daskd::ssh {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto connect_limit = 10s;
/// A pause when the system has no descriptor left for another connection.
constexpr auto accept_pause = 100ms;

} // namespace

/// What a forward and its coroutines share.
struct forward::connections {
    bool is_closed = false;
    std::optional<tcp::acceptor> here;
    std::shared_ptr<listener> there;
    std::set<std::shared_ptr<byte_stream>> open; ///< the listening side of each connection

    void close() {
        is_closed = true;
        boost::system::error_code ignored;
        if (here) here->close(ignored);
        if (there) there->close();
        for (auto const& stream : std::exchange(open, {}))
            stream->close();
    }
};

namespace {

using connections = forward::connections;

/// Keeps a connection in the book for as long as it is carried.
asio::awaitable<void> carry(std::shared_ptr<connections> all, std::shared_ptr<byte_stream> near,
                            std::shared_ptr<byte_stream> far) {
    struct booked {
        connections& all;
        std::shared_ptr<byte_stream> const& stream;
        ~booked() { all.open.erase(stream); }
    };
    all->open.insert(near);
    booked const entry{*all, near};
    auto relaying = relay(near, far);
    co_await std::move(relaying);
}

asio::awaitable<void> carry_out(std::shared_ptr<connections> all, std::shared_ptr<session> through,
                                tcp_place to, std::shared_ptr<byte_stream> near) {
    auto opening = through->connect_tcp(to.host, to.port);
    auto far = co_await std::move(opening);
    if (!far) {
        spdlog::warn("tunnel: {}", far.error().what);
        near->close();
    } else if (!all->is_closed) {
        auto carrying = carry(all, near, *far);
        co_await std::move(carrying);
    }
}

asio::awaitable<void> accept_here(std::shared_ptr<connections> all, std::weak_ptr<session> through,
                                  tcp_place to) {
    auto const executor = co_await asio::this_coro::executor;
    while (!all->is_closed) {
        boost::system::error_code ec;
        auto socket = co_await all->here->async_accept(asio::redirect_error(asio::use_awaitable, ec));
        auto const strong = through.lock();
        if (all->is_closed || !strong) break;
        if (ec) {
            asio::steady_timer pause(executor, accept_pause);
            co_await pause.async_wait(asio::use_awaitable);
            continue;
        }
        socket.set_option(tcp::no_delay(true), ec);
        async::spawn_task(executor, "tunnel",
                          carry_out(all, strong, to, std::make_shared<socket_stream>(std::move(socket))));
    }
}

/// Closes the port with the session: without it, connecting to it would be a promise.
asio::awaitable<void> close_with(std::shared_ptr<connections> all, std::shared_ptr<engine> connection) {
    auto waiting = connection->wait_for_end();
    co_await std::move(waiting);
    all->close();
}

asio::awaitable<void> carry_in(std::shared_ptr<connections> all, tcp_place to,
                               std::shared_ptr<channel> near) {
    auto connecting = connect_tcp(to.host, to.port, connect_limit);
    auto far = co_await std::move(connecting);
    if (!far) {
        spdlog::warn("tunnel: {}", far.error().what);
        near->close();
    } else if (!all->is_closed) {
        auto carrying = carry(all, near, std::move(*far));
        co_await std::move(carrying);
    }
}

asio::awaitable<void> accept_there(std::shared_ptr<connections> all, tcp_place to) {
    auto const executor = co_await asio::this_coro::executor;
    while (!all->is_closed) {
        auto accepting = all->there->accept();
        auto near = co_await std::move(accepting);
        if (!near) break;
        async::spawn_task(executor, "tunnel", carry_in(all, to, std::move(*near)));
    }
}

} // namespace

result<std::unique_ptr<forward>> forward::local(asio::any_io_executor const& executor,
                                                std::shared_ptr<session> through, tcp_place listen,
                                                tcp_place to) {
    auto const all = std::make_shared<connections>();
    boost::system::error_code ec;
    auto const address = asio::ip::make_address(listen.host, ec);
    auto& acceptor = all->here.emplace(executor);
    if (!ec) acceptor.open(address.is_v6() ? tcp::v6() : tcp::v4(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind({address, listen.port}, ec);
    if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
    if (ec)
        return error{errc::failed,
                     "cannot listen on " + listen.host + " port " + std::to_string(listen.port) + ": " +
                         ec.message(),
                     ""};
    auto const port = acceptor.local_endpoint(ec).port();
    async::spawn_task(executor, "tunnel end", close_with(all, through->connection()));
    async::spawn_task(executor, "tunnel entrance", accept_here(all, through, std::move(to)));
    return std::unique_ptr<forward>(new forward(port, all));
}

asio::awaitable<result<std::unique_ptr<forward>>> forward::remote(std::shared_ptr<session> through,
                                                                  tcp_place listen, tcp_place to) {
    auto listening = through->listen(listen.host, listen.port);
    auto there = co_await std::move(listening);
    if (!there) co_return there.error();
    auto const port = (*there)->port();
    auto const all = std::make_shared<connections>();
    all->there = std::move(*there);
    async::spawn_task(co_await asio::this_coro::executor, "tunnel entrance",
                      accept_there(all, std::move(to)));
    co_return std::unique_ptr<forward>(new forward(port, all));
}

forward::~forward() {
    all_->close();
}

} // namespace daskd::ssh
