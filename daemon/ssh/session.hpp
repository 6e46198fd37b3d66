#pragma once

#include "daemon/ssh/channel.hpp"
#include "daemon/ssh/host_settings.hpp"
#include "daemon/ssh/listener.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace daskd::ssh {

struct session_limits {
    std::chrono::milliseconds connect{10'000}; ///< to each host: TCP, then the exchange of keys
    std::chrono::milliseconds login{20'000};   ///< on each host; an agent may ask its user
    std::chrono::milliseconds open{15'000};    ///< a channel
};

/// How a short remote command went.
struct command_outcome {
    exit_status status;
    std::string out;
    std::string err;
    bool was_cut = false; ///< an output exceeded a MiB; the rest was dropped
};

/// A login on a remote host, through any number of others. Destroying it ends all its channels at once.
/// Opening channels is one at a time (libssh2): whoever waits for a host that does not answer keeps the
/// others waiting, which is why each destination has a chain of connections of its own.
class session {
public:
    /// Logs in on the last host of `hosts` (ssh_config.hpp finds them). Fails with what went wrong, on which
    /// host, and what to do. May be cancelled.
    [[nodiscard]] static boost::asio::awaitable<result<std::shared_ptr<session>>>
    connect(route hosts, session_limits limits = {});
    ~session();
    session(session const&) = delete;
    session& operator=(session const&) = delete;

    /// Starts a command by the remote user's shell.
    [[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<channel>>> exec(std::string command);
    /// Runs a command to its end, within `limit`.
    [[nodiscard]] boost::asio::awaitable<result<command_outcome>> run(std::string command, std::string input,
                                                                      std::chrono::milliseconds limit);
    /// Connects to a port that the remote host reaches.
    [[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<channel>>> connect_tcp(std::string host,
                                                                                       std::uint16_t port);
    /// Connects to a Unix socket on the remote host. Where its sshd does not allow that, `python` (a path or
    /// name there) carries the bytes; without it that is an error.
    [[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<channel>>>
    connect_unix(std::string path, std::string python = {});
    /// The remote host listens on `address` and `port` (0: any).
    [[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<listener>>> listen(std::string address,
                                                                                   std::uint16_t port);

    /// Returns why once the connection is over.
    [[nodiscard]] boost::asio::awaitable<error> wait_for_end();
    [[nodiscard]] bool is_open() const { return !connection_->failure(); }
    /// Says goodbye, after what was written is sent, within `limit`.
    [[nodiscard]] boost::asio::awaitable<void> close(std::chrono::milliseconds limit);

    [[nodiscard]] host_settings const& host() const { return host_; }
    [[nodiscard]] std::shared_ptr<engine> const& connection() const { return connection_; }

    /// For connect().
    session(std::shared_ptr<engine> connection, std::shared_ptr<session> through, host_settings host,
            session_limits limits);

private:
    boost::asio::awaitable<result<std::shared_ptr<channel>>> open(std::string type, std::string message,
                                                                  std::string what, std::string hint);
    boost::asio::awaitable<result<std::shared_ptr<channel>>> start(std::string command);

    std::shared_ptr<session> through_; ///< the host before; ends after us
    std::shared_ptr<engine> connection_;
    host_settings host_;
    session_limits limits_;
};

} // namespace daskd::ssh
