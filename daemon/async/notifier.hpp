#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <list>
#include <memory>
#include <optional>

namespace daskd::async {

/// Wakes coroutines that wait for a condition. They look at the condition themselves, and wait again.
class notifier {
public:
    using time_point = std::chrono::steady_clock::time_point;

    void notify_all() {
        for (auto* timer : *waiting_)
            timer->cancel();
    }

    /// Returns after the next notify_all(), or at `limit`. Throws when the waiting coroutine is cancelled.
    boost::asio::awaitable<void> wait(std::optional<time_point> limit) {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                        limit.value_or(time_point::max()));
        registration const here(waiting_, timer);
        boost::system::error_code ec;
        co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ec));
        auto const state = co_await boost::asio::this_coro::cancellation_state;
        if (state.cancelled() != boost::asio::cancellation_type::none)
            throw boost::system::system_error(boost::asio::error::operation_aborted);
    }

private:
    using timers = std::list<boost::asio::steady_timer*>;
    /// Shared with whoever waits: a coroutine may be destroyed with its io_context, after us.
    struct registration {
        registration(std::shared_ptr<timers> list, boost::asio::steady_timer& timer)
            : list_(std::move(list)), place_(list_->insert(list_->end(), &timer)) {}
        ~registration() { list_->erase(place_); }
        registration(registration const&) = delete;
        registration& operator=(registration const&) = delete;
        std::shared_ptr<timers> list_;
        timers::iterator place_;
    };
    std::shared_ptr<timers> waiting_ = std::make_shared<timers>();
};

} // namespace daskd::async
