#pragma once

#include "common/json.hpp"
#include "daemon/async/line_splitter.hpp"
#include "daemon/rpc/dispatcher.hpp"
#include "daemon/rpc/outbox.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace daskd::rpc {

/// One client of the control socket.
///
/// Requests run in the order in which they came: those with an immediate answer at once, the others side by
/// side, each answered as it ends. Whatever a client does wrong costs only itself: nonsense is answered by an
/// error; a line without end, a client that asks and never reads, or one with too much unread output is
/// closed. A client that has only closed its sending side (`echo … | socat`) still gets its answers and
/// notifications.
class session : public std::enable_shared_from_this<session> {
public:
    using socket = boost::asio::local::stream_protocol::socket;

    static constexpr std::chrono::seconds partial_line_limit{5};
    /// How long a client with more than outbox::pause_bytes unread may take none of it while it asks for
    /// more.
    static constexpr std::chrono::seconds stall_limit{5};
    static constexpr std::size_t max_waiting = 1000; ///< unanswered requests
    static constexpr std::size_t max_batch_reply_bytes = std::size_t{16} << 20;

    /// Made and kept by the server; `methods` outlives it.
    session(socket s, dispatcher const& methods);
    ~session();

    void start();
    /// Sends what the socket takes at once, then closes: waiting handlers are cancelled, on_close functions
    /// called.
    void close();

    /// Sends a notification. Dropped, with the connection, if the client is too slow; see unread_bytes().
    void notify(std::string_view method, json params);
    void notify_raw(std::string_view method, raw_json const& params);
    [[nodiscard]] bool is_open() const { return is_open_; }
    [[nodiscard]] std::size_t unread_bytes() const { return outbox_.unread_bytes(); }
    /// Called once when the connection closes; at once if it has.
    void on_close(std::function<void()> f);

private:
    struct asked; ///< one request that is to be answered

    static boost::asio::awaitable<void> run(std::shared_ptr<session> self);
    boost::asio::awaitable<void> read_requests();
    boost::asio::awaitable<void> wait_until_read();
    boost::asio::awaitable<void> wait_for_hangup();
    void watch_partial_line(bool is_new);

    void handle_line(std::string_view line);
    void handle_request(json const& value, std::shared_ptr<batch> const& of);
    void call_now(immediate_raw_handler const& h, call const& c, asked const& request);
    void call_waiting(raw_handler const& h, call c, asked request);
    void settle(asked const& request, std::string reply);
    void fail(asked const& request, std::string const& what);
    void refuse(std::string_view what);

    void send(std::string_view line);
    void flush_soon();
    void flush();
    [[nodiscard]] bool write_now();
    void close_if_done();

    socket socket_;
    dispatcher const& methods_;
    async::line_splitter input_;
    outbox outbox_;
    boost::asio::steady_timer partial_timer_;
    boost::asio::steady_timer stall_timer_;
    std::set<std::shared_ptr<boost::asio::cancellation_signal>> waiting_;
    std::vector<std::function<void()>> on_close_;
    bool is_open_ = true;
    bool is_ending_ = false;        ///< takes no more requests; closes when all is said
    bool is_flush_planned_ = false; ///< posted, or waiting for room in the socket
    bool has_partial_watch_ = false;
};

} // namespace daskd::rpc
