#pragma once

#include "common/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace daskd::async {

namespace detail {

/// Outlives the waiting coroutine: a timer that has just fired may still hold it.
struct deadline_state {
    boost::asio::cancellation_signal stop;
    bool is_late = false;
    bool is_over = false;

    void expire() {
        if (is_over) return;
        is_late = true;
        stop.emit(boost::asio::cancellation_type::terminal);
    }
};

/// The time during which an operation may be cancelled: also passes the caller's own cancellation on to it.
class cancellation_bridge {
public:
    cancellation_bridge(boost::asio::cancellation_slot from, std::shared_ptr<deadline_state> to)
        : from_(from), to_(std::move(to)) {
        if (from_.is_connected())
            from_.assign([state = to_](boost::asio::cancellation_type type) { state->stop.emit(type); });
    }
    ~cancellation_bridge() {
        to_->is_over = true;
        if (from_.is_connected()) from_.clear();
    }
    cancellation_bridge(cancellation_bridge const&) = delete;
    cancellation_bridge& operator=(cancellation_bridge const&) = delete;

private:
    boost::asio::cancellation_slot from_;
    std::shared_ptr<deadline_state> to_;
};

} // namespace detail

/// Awaits `operation` for at most `limit`; then cancels it, waits until it has ended, and fails with
/// errc::timed_out and the text "`what`: not done within N ms". An operation that is done nevertheless keeps
/// its value. The caller's own cancellation reaches the operation. Other exceptions of the operation pass
/// through.
template <class T>
boost::asio::awaitable<result<T>> with_deadline(boost::asio::awaitable<result<T>> operation,
                                                std::chrono::milliseconds limit, std::string what) {
    namespace asio = boost::asio;
    auto const executor = co_await asio::this_coro::executor;
    auto const caller = co_await asio::this_coro::cancellation_state;
    auto const state = std::make_shared<detail::deadline_state>();
    asio::steady_timer timer(executor, limit);
    timer.async_wait([state](boost::system::error_code ec) {
        if (!ec) state->expire();
    });

    result<T> outcome =
        error{errc::timed_out, what + ": not done within " + std::to_string(limit.count()) + " ms", ""};
    try {
        detail::cancellation_bridge const bridge(caller.slot(), state);
        auto done =
            co_await asio::co_spawn(executor, std::move(operation),
                                    asio::bind_cancellation_slot(state->stop.slot(), asio::use_awaitable));
        if (done || !state->is_late) outcome = std::move(done);
    } catch (boost::system::system_error const& e) {
        if (!state->is_late || e.code() != asio::error::operation_aborted) throw;
    }
    co_return outcome;
}

} // namespace daskd::async
