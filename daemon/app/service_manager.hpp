#pragma once

#include "daemon/async/unique_fd.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace daskd::app {

/// systemd, where it has started daskd: what it hands over, and what it is told (sd_notify(3),
/// sd_listen_fds(3)). Anywhere else there are no sockets, and what is told goes nowhere.
class service_manager {
public:
    /// Takes what this process was given out of its environment, so that nobody who is started by it believes
    /// to be meant. Call once, before any other descriptor is opened.
    [[nodiscard]] static service_manager take_from_environment();

    /// Whether it restarts a daskd that dies.
    [[nodiscard]] bool is_there() const { return !address_.empty(); }
    /// The unit that daskd is: "daskd.service". Empty where it is none.
    [[nodiscard]] std::string unit() const;

    /// Listening Unix sockets that systemd holds for us. The caller closes them.
    [[nodiscard]] std::vector<async::unique_fd> take_sockets() { return std::move(sockets_); }

    void tell_ready() const { tell("READY=1"); }
    void tell_stopping() const { tell("STOPPING=1"); }
    /// One line for `systemctl status`.
    void tell_status(std::string const& line) const { tell("STATUS=" + line); }

    /// Says so often that we are alive that its watchdog stays quiet; returns at once where it has none.
    /// From the event loop itself: a loop that hangs must not say so.
    [[nodiscard]] boost::asio::awaitable<void> keep_watchdog_quiet() const;

private:
    void tell(std::string const& message) const;

    std::string address_; ///< NOTIFY_SOCKET; '@' begins an abstract one
    std::optional<std::chrono::microseconds> watchdog_;
    std::vector<async::unique_fd> sockets_;
};

} // namespace daskd::app
