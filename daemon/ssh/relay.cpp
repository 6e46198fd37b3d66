#include "daemon/ssh/relay.hpp"

#include "daemon/async/notifier.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/ssh/socket_stream.hpp"

#include <boost/asio/local/connect_pair.hpp>

#include <vector>

namespace daskd::ssh {

namespace asio = boost::asio;

namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;

/// Two streams, closed as soon as nobody carries anything between them any more.
struct pair {
    std::shared_ptr<byte_stream> a;
    std::shared_ptr<byte_stream> b;
    bool is_back_done = false;
    async::notifier news = {};

    void close() const {
        a->close();
        b->close();
    }
};

/// Closes both at once if it is left in any other way than at the end of `from`.
asio::awaitable<void> carry(std::shared_ptr<pair> both, std::shared_ptr<byte_stream> from,
                            std::shared_ptr<byte_stream> to) {
    struct on_exit {
        pair const& both;
        bool is_whole = false;
        ~on_exit() {
            if (!is_whole) both.close();
        }
    } guard{*both};
    std::vector<char> chunk(chunk_bytes);
    while (true) {
        auto reading = from->read_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n) co_return;
        if (*n == 0) break;
        auto writing = to->write({chunk.data(), *n});
        auto const written = co_await std::move(writing);
        if (!written) co_return;
    }
    to->finish_writing();
    guard.is_whole = true;
}

asio::awaitable<void> carry_back(std::shared_ptr<pair> both) {
    auto carrying = carry(both, both->b, both->a);
    co_await std::move(carrying);
    both->is_back_done = true;
    both->news.notify_all();
}

} // namespace

asio::awaitable<void> relay(std::shared_ptr<byte_stream> a, std::shared_ptr<byte_stream> b) {
    auto const executor = co_await asio::this_coro::executor;
    struct closes_both {
        std::shared_ptr<pair> both;
        ~closes_both() { both->close(); }
    } const guard{std::make_shared<pair>(pair{std::move(a), std::move(b)})};
    auto const both = guard.both;
    async::spawn_task(executor, "SSH relay", carry_back(both));
    auto carrying = carry(both, both->a, both->b);
    co_await std::move(carrying);
    while (!both->is_back_done) {
        auto waiting = both->news.wait({});
        co_await std::move(waiting);
    }
}

result<asio::local::stream_protocol::socket> as_socket(asio::any_io_executor const& executor,
                                                       std::shared_ptr<byte_stream> stream) {
    asio::local::stream_protocol::socket ours(executor);
    asio::local::stream_protocol::socket theirs(executor);
    boost::system::error_code ec;
    asio::local::connect_pair(ours, theirs, ec);
    if (ec) return error{errc::failed, "no pair of sockets: " + ec.message(), ""};
    async::spawn_task(executor, "SSH socket",
                      relay(std::move(stream), std::make_shared<socket_stream>(std::move(ours))));
    return theirs;
}

} // namespace daskd::ssh
