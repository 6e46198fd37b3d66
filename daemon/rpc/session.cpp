#include "daemon/rpc/session.hpp"

#include "common/rpc_message.hpp"
#include "daemon/async/spawn_task.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <exception>
#include <poll.h>
#include <tuple>
#include <utility>
#include <variant>

namespace daskd::rpc {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t read_chunk_bytes = std::size_t{64} << 10;

std::string text_of(std::exception_ptr const& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& e) {
        return e.what();
    }
}

} // namespace

struct session::asked {
    std::string method;
    json id;
    bool wants_reply = true;
    std::shared_ptr<batch> of; ///< null: on its own
};

session::session(socket s, dispatcher const& methods)
    : socket_(std::move(s)),
      methods_(methods),
      input_(max_line_bytes),
      partial_timer_(socket_.get_executor()),
      stall_timer_(socket_.get_executor()) {
    socket_.non_blocking(true);
}

session::~session() = default;

void session::start() {
    async::spawn_task(socket_.get_executor(), "control session", run(shared_from_this()));
}

void session::close() {
    if (!is_open_) return;
    is_open_ = false;
    std::ignore = write_now();
    error_code ignored;
    socket_.close(ignored);
    partial_timer_.cancel();
    stall_timer_.cancel();
    for (auto const& stop : std::exchange(waiting_, {}))
        stop->emit(asio::cancellation_type::terminal);
    for (auto const& f : std::exchange(on_close_, {}))
        f();
}

void session::notify(std::string_view method, json params) {
    send(to_line(make_notification(method, std::move(params))));
}

void session::notify_raw(std::string_view method, raw_json const& params) {
    send(R"({"jsonrpc":"2.0","method":")" + std::string(method) + R"(","params":)" + params.text + "}");
}

void session::on_close(std::function<void()> f) {
    if (!is_open_) return f();
    on_close_.push_back(std::move(f));
}

// Reading

asio::awaitable<void> session::run(std::shared_ptr<session> self) {
    co_await self->read_requests();
    self->is_ending_ = true;
    self->close_if_done();
    if (self->is_open_) co_await self->wait_for_hangup();
    self->close();
}

asio::awaitable<void> session::read_requests() {
    // One for all clients, of whom there may be a thousand: it holds nothing between two reads.
    static thread_local std::array<char, read_chunk_bytes> chunk;
    while (is_open_) {
        error_code ec;
        co_await socket_.async_wait(socket::wait_read, asio::redirect_error(asio::use_awaitable, ec));
        if (!is_open_) co_return;
        auto const n = ec ? 0 : socket_.read_some(asio::buffer(chunk), ec);
        if (ec == asio::error::would_block) continue; // Asio may wake us for nothing
        // The last line may lack its end: `printf '{…}' | socat`.
        if (ec == asio::error::eof && input_.has_partial())
            input_.append("\n");
        else
            input_.append({chunk.data(), n});

        bool took_line = false;
        while (is_open_) {
            auto const line = input_.next();
            if (!line) break;
            took_line = true;
            handle_line(*line);
            if (outbox_.is_crowded()) co_await wait_until_read();
        }
        flush();
        if (input_.is_overlong())
            refuse("a line exceeds the limit of " + std::to_string(max_line_bytes) + " bytes");
        if (ec) co_return;
        watch_partial_line(took_line);
    }
}

/// Whoever asks faster than it reads waits here, and its requests in the kernel.
asio::awaitable<void> session::wait_until_read() {
    flush();
    partial_timer_.cancel(); // the rest of the line may have come; it is we who do not read
    has_partial_watch_ = false;
    while (is_open_ && outbox_.is_crowded()) {
        error_code ec;
        stall_timer_.expires_after(stall_limit);
        co_await stall_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        if (!ec) {
            spdlog::warn("control socket: closed a client that asks but does not read");
            close();
        }
    }
}

/// The client has closed its sending side, perhaps only that: it may still be reading.
asio::awaitable<void> session::wait_for_hangup() {
    error_code ec;
    pollfd hangup{socket_.native_handle(), 0, 0}; // asks for POLLHUP and POLLERR, which need not be named
    // Asio may wake us for an event of a descriptor that was there before this one.
    do
        co_await socket_.async_wait(socket::wait_error, asio::redirect_error(asio::use_awaitable, ec));
    while (!ec && is_open_ && ::poll(&hangup, 1, 0) == 0);
}

void session::watch_partial_line(bool is_new) {
    if (!is_open_) return;
    if (!input_.has_partial()) {
        if (has_partial_watch_) partial_timer_.cancel();
        has_partial_watch_ = false;
        return;
    }
    if (has_partial_watch_ && !is_new) return;
    has_partial_watch_ = true;
    partial_timer_.expires_after(partial_line_limit);
    partial_timer_.async_wait([weak = weak_from_this()](error_code ec) {
        auto const self = weak.lock();
        if (!ec && self && self->has_partial_watch_) self->refuse("a line was not finished within 5 s");
    });
}

// Requests

void session::handle_line(std::string_view line) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return;
    auto const value = parse_json(line);
    if (!value) return send(to_line(make_error(nullptr, code::parse_error, value.error().what)));
    if (!value->is_array()) return handle_request(*value, nullptr);
    if (value->empty())
        return send(to_line(make_error(nullptr, code::invalid_request, "a batch must not be empty")));
    auto const together = std::make_shared<batch>(value->size());
    for (auto const& one : *value)
        if (is_open_) handle_request(one, together);
}

void session::handle_request(json const& value, std::shared_ptr<batch> const& of) {
    auto read = read_request(value);
    if (auto const* bad = std::get_if<bad_request>(&read))
        return settle({"", bad->id, true, of}, to_line(make_error(bad->id, bad->code, bad->what)));

    auto& r = std::get<request>(read);
    asked request{std::move(r.method), std::move(r.id), !r.is_notification, of};
    auto const* method = methods_.find(request.method);
    if (method == nullptr)
        return settle(request, to_line(make_error(request.id, code::method_not_found,
                                                  "no method '" + request.method + "'",
                                                  methods_.hint_for(request.method))));
    call c{std::move(r.params), weak_from_this()};
    if (auto const* now = std::get_if<immediate_raw_handler>(method)) return call_now(*now, c, request);
    if (waiting_.size() >= max_waiting)
        return settle(request, to_line(make_error(request.id, code::busy, "too many unanswered requests",
                                                  "wait for some of the answers first")));
    call_waiting(std::get<raw_handler>(*method), std::move(c), std::move(request));
}

void session::call_now(immediate_raw_handler const& h, call const& c, asked const& request) {
    std::string reply;
    try {
        reply = reply_line(request.id, h(c));
    } catch (std::exception const& e) {
        return fail(request, e.what());
    }
    settle(request, std::move(reply));
}

void session::call_waiting(raw_handler const& h, call c, asked request) {
    auto const stop = std::make_shared<asio::cancellation_signal>();
    waiting_.insert(stop);
    auto done = [weak = weak_from_this(), stop, request](std::exception_ptr const& failure,
                                                         result<raw_json> const& outcome) {
        auto const self = weak.lock();
        if (!self || !self->is_open_) return; // cancelled: nobody is there to be told
        self->waiting_.erase(stop);
        if (failure)
            self->fail(request, text_of(failure));
        else
            self->settle(request, reply_line(request.id, outcome));
        self->close_if_done();
    };
    asio::co_spawn(socket_.get_executor(), h(std::move(c)),
                   asio::bind_cancellation_slot(stop->slot(), std::move(done)));
}

void session::fail(asked const& request, std::string const& what) {
    spdlog::error("control socket: {} failed: {}", request.method, what);
    settle(request, internal_error_line(request.id, what));
}

void session::settle(asked const& request, std::string reply) {
    if (!request.of) {
        if (request.wants_reply) send(reply);
        return;
    }
    auto const all = request.of->settle(request.wants_reply ? std::optional(std::move(reply)) : std::nullopt);
    if (request.of->size_bytes() > max_batch_reply_bytes)
        return refuse("the replies of one batch are too large");
    if (all && !all->empty()) send(*all);
}

/// The last word to a client whose bytes make no sense any more.
void session::refuse(std::string_view what) {
    send(to_line(make_error(nullptr, code::parse_error, what)));
    close();
}

// Writing

void session::send(std::string_view line) {
    if (!is_open_) return;
    if (outbox_.add(line)) return flush_soon();
    spdlog::warn("control socket: closed a client that has {} bytes unread", outbox_.unread_bytes());
    close();
}

/// Once for all that is sent in this turn of the event loop.
void session::flush_soon() {
    if (std::exchange(is_flush_planned_, true)) return;
    asio::post(socket_.get_executor(), [weak = weak_from_this()] {
        auto const self = weak.lock();
        if (!self) return;
        self->is_flush_planned_ = false;
        self->flush();
    });
}

void session::flush() {
    if (!is_open_) return;
    if (!write_now()) return close();
    if (outbox_.is_empty()) return close_if_done();
    if (std::exchange(is_flush_planned_, true)) return;
    socket_.async_wait(socket::wait_write, [weak = weak_from_this()](error_code ec) {
        auto const self = weak.lock();
        if (ec || !self) return;
        self->is_flush_planned_ = false;
        self->flush();
    });
}

/// Writes what the socket takes without waiting. False if the client is gone.
bool session::write_now() {
    error_code ec;
    bool const was_crowded = outbox_.is_crowded();
    while (!ec && !outbox_.is_empty()) {
        auto const front = outbox_.front();
        outbox_.take(socket_.write_some(asio::buffer(front.data(), front.size()), ec));
        if (!ec && was_crowded) stall_timer_.cancel();
    }
    return !ec || ec == asio::error::would_block;
}

/// A client that sends no more is kept while there is something for it to receive.
void session::close_if_done() {
    if (is_ending_ && waiting_.empty() && on_close_.empty() && outbox_.is_empty()) close();
}

} // namespace daskd::rpc
