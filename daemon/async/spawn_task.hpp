#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <spdlog/spdlog.h>

#include <exception>
#include <functional>
#include <string>
#include <utility>

namespace daskd::async {

/// What to do about a task that ended by an exception; it is logged already.
using task_failed = std::function<void(std::string const& what)>;

/// Starts `task`, a named coroutine function with value parameters, in the background. Unlike `detached` no
/// exception is lost: it is logged with `name`, then `on_error` decides. Being cancelled is a normal end.
/// `stop`, if given, cancels the task; its signal must live as long as the task.
inline void spawn_task(boost::asio::any_io_executor const& executor, std::string name,
                       boost::asio::awaitable<void> task, task_failed on_error = {},
                       boost::asio::cancellation_slot stop = {}) {
    auto finished = [name = std::move(name),
                     on_error = std::move(on_error)](std::exception_ptr const& failure) {
        if (!failure) return;
        std::string what;
        try {
            std::rethrow_exception(failure);
        } catch (boost::system::system_error const& e) {
            if (e.code() == boost::asio::error::operation_aborted) return;
            what = e.what();
        } catch (std::exception const& e) {
            what = e.what();
        }
        spdlog::error("{} ended: {}", name, what);
        if (on_error) on_error(what);
    };
    boost::asio::co_spawn(executor, std::move(task),
                          boost::asio::bind_cancellation_slot(stop, std::move(finished)));
}

} // namespace daskd::async
