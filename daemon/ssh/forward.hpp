#pragma once

#include "daemon/ssh/session.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace daskd::ssh {

/// Where to connect to.
struct tcp_place {
    std::string host;
    std::uint16_t port = 0;
};

/// A port at one end of a session whose connections come out at the other end. A place that does not answer
/// costs the one connection. Destroying it closes the port and every connection through it; the end of the
/// session does the same.
class forward {
public:
    /// `listen` is here (port 0: any), `to` is seen from the remote host.
    [[nodiscard]] static result<std::unique_ptr<forward>> local(boost::asio::any_io_executor const& executor,
                                                                std::shared_ptr<session> through,
                                                                tcp_place listen, tcp_place to);
    /// `listen` is on the remote host (port 0: any), `to` is seen from here.
    [[nodiscard]] static boost::asio::awaitable<result<std::unique_ptr<forward>>>
    remote(std::shared_ptr<session> through, tcp_place listen, tcp_place to);

    ~forward();
    forward(forward const&) = delete;
    forward& operator=(forward const&) = delete;

    /// The port that was taken.
    [[nodiscard]] std::uint16_t port() const { return port_; }

    struct connections;

private:
    forward(std::uint16_t port, std::shared_ptr<connections> all) : port_(port), all_(std::move(all)) {}

    std::uint16_t port_;
    std::shared_ptr<connections> all_;
};

} // namespace daskd::ssh
