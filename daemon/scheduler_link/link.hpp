#pragma once

#include "daemon/async/json_connection.hpp"
#include "daemon/async/notifier.hpp"
#include "daemon/async/open_questions.hpp"
#include "daemon/scheduler_link/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daskd::scheduler_link {

/// What leaving workers hold that nobody else could take.
struct loss {
    std::uint64_t keys = 0;
    std::uint64_t bytes = 0;
    std::vector<std::string> sample;
};

/// daskd's end of the scheduler link: connected while a scheduler runs.
class link {
public:
    struct callbacks {
        std::function<void(core::event)> on_event; ///< scheduler_ready first, then what the scheduler tells
        std::function<void(snapshot const&)> on_snapshot;
        /// Of agents in jobs; after on_snapshot.
        std::function<void(reporter const&)> on_reporter;
        std::function<void(relayed const&)> on_relayed;
        std::function<void(relay_closed const&)> on_relay_closed;
        std::function<void()> on_lost = [] {}; ///< the connection ended, not by us
    };

    /// `socket` is the path that schedulers listen on.
    link(boost::asio::any_io_executor executor, std::string socket, callbacks calls);
    ~link();
    link(link const&) = delete;
    link& operator=(link const&) = delete;

    /// Connects to the scheduler that has just been started or found. Its socket is there already; the
    /// snapshot comes when it serves.
    void connect();
    void disconnect();
    /// Has the scheduler make its socket again, which was removed: for whoever connects next.
    void listen_again();
    /// Somebody is at the other end, who may not have answered yet.
    [[nodiscard]] bool has_connection() const { return connection_ != nullptr; }
    [[nodiscard]] bool is_connected() const { return connection_ != nullptr && snapshot_.has_value(); }

    /// Of the present scheduler, or of the last one.
    [[nodiscard]] std::optional<snapshot> const& last_snapshot() const { return snapshot_; }
    [[nodiscard]] statistics const& last_statistics() const { return statistics_; }

    /// How old the statistics at hand are; empty: there are none.
    [[nodiscard]] std::optional<std::chrono::milliseconds> statistics_age() const;
    /// Asks for fresh statistics, which come when the scheduler has time. False if that was done already and
    /// they are still to come, or nobody is there to ask.
    bool ask_for_statistics();
    /// From now on they come by themselves, from this scheduler and those that follow it; empty: no longer.
    void watch_statistics(std::optional<std::chrono::milliseconds> interval);
    /// Waits `limit` at most for what was asked for: a busy scheduler must not delay whoever looks.
    boost::asio::awaitable<void> wait_for_statistics(std::chrono::milliseconds limit);

    /// What would be lost if these workers left now. Nothing is, as far as anybody knows, where no scheduler
    /// answers.
    boost::asio::awaitable<result<loss>> would_lose(std::vector<std::string> addresses);
    /// How many workers the present work needs, if it is to take `target_duration`.
    boost::asio::awaitable<result<core::demand>> ask_demand(std::chrono::milliseconds target_duration);
    /// Moves the worker's results to the others. Returns when that is done, or cannot be.
    boost::asio::awaitable<result<void>> retire(std::string address);
    /// From now on hears of workers that have been silent for so long (worker_silent), again and again.
    void watch_silence(std::chrono::milliseconds after);
    /// Connects to the host agent in this job, by its reporter; says something to it; lets go of it.
    void open_relay(std::string const& job);
    void relay(std::string const& job, json const& what);
    void close_relay(std::string const& job);
    /// Forgets a dead worker; nothing to wait for.
    void remove(std::string const& address);

private:
    boost::asio::awaitable<result<json>> ask(json op, std::chrono::milliseconds limit);
    void on_message(json const& value);
    void on_statistics(reply const& answer);
    void take(statistics fresh);
    void send_watch();
    void fail_requests();

    boost::asio::any_io_executor executor_;
    std::string socket_;
    callbacks calls_;
    std::shared_ptr<async::json_connection> connection_;
    std::optional<snapshot> snapshot_;
    statistics statistics_;
    std::optional<std::chrono::steady_clock::time_point> statistics_at_;
    std::optional<std::uint64_t> statistics_question_; ///< not yet answered
    async::notifier statistics_came_;
    std::optional<std::chrono::milliseconds> watch_interval_;
    async::open_questions<reply> questions_;
};

} // namespace daskd::scheduler_link
