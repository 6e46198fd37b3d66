#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/config/settings.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/supervise/supervisor.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace daskd::hooks {

/// Runs the commands of `on_event`, each with its event as one line of JSON on its standard input. Nobody
/// waits for them, and they cannot hold anything up: only a few run at a time, each for a limited time, and
/// events that come faster are left out. A command that fails is a warning in `status` until it succeeds.
class runner {
public:
    static constexpr std::size_t max_running = 4;
    static constexpr std::size_t max_waiting = 100;
    static constexpr std::chrono::seconds time_limit{30};

    /// Hears events from now on.
    explicit runner(supervise::supervisor& s);
    ~runner();
    runner(runner const&) = delete;
    runner& operator=(runner const&) = delete;

    /// From the next event on. Commands are looked for on the PATH of `env`, and get it.
    void use(std::vector<config::event_hook> hooks, process::environment env);

    [[nodiscard]] bool is_running() const { return running_ > 0; }
    /// Returns when all have ended, at the latest after `limit`.
    boost::asio::awaitable<void> finish(std::chrono::milliseconds limit);

private:
    struct job {
        std::vector<std::string> command;
        process::environment env;
        std::string input;
    };

    void on_event(state::event const& e);
    void start_waiting();
    /// Whatever happens, the next one may start afterwards.
    boost::asio::awaitable<void> run(job j);
    boost::asio::awaitable<result<void>> carry_out(job j);

    supervise::supervisor& s_;
    std::uint64_t listener_;
    std::vector<config::event_hook> hooks_;
    process::environment env_;
    std::deque<job> waiting_;
    std::size_t running_ = 0;
    std::size_t left_out_ = 0; ///< since the last time that all was done
    async::notifier ended_;
};

} // namespace daskd::hooks
