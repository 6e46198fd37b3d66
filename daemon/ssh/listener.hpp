#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/ssh/channel.hpp"

#include <deque>
#include <memory>

namespace daskd::ssh {

/// A port on which the remote host listens for us, until it is closed or destroyed.
class listener : public participant, public std::enable_shared_from_this<listener> {
public:
    listener(std::shared_ptr<engine> connection, LIBSSH2_LISTENER* raw, std::uint16_t port);
    ~listener() override;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Waits for the next connection to that port.
    [[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<channel>>> accept();

    void close();

    bool advance() override;
    void wake() override { news_.notify_all(); }

private:
    std::shared_ptr<engine> connection_;
    LIBSSH2_LISTENER* raw_;
    std::uint16_t port_;
    std::deque<std::shared_ptr<channel>> waiting_;
    async::notifier news_;
};

/// Asks the remote host to listen on `address` and `port` (0: any), at its end.
[[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<listener>>>
listen_remotely(std::shared_ptr<engine> connection, std::string address, std::uint16_t port);

} // namespace daskd::ssh
