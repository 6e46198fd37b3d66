#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/core/plan.hpp"
#include "daemon/ssh/session.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daskd::launch {

/// How to log in on a remote host.
struct ssh_login {
    config::host_address host;
    std::vector<std::string> identity;
    std::optional<std::string> known_hosts;

    bool operator==(ssh_login const&) const = default;
};

/// The hosts on the way to it, as ~/.ssh/config and the login say; the last is the host itself.
[[nodiscard]] result<ssh::route> route_to(ssh_login const& login);

/// A remote host and the one connection to it, which all agents there share. It ends with this object.
class ssh_host : public std::enable_shared_from_this<ssh_host> {
public:
    explicit ssh_host(ssh_login login) : login_(std::move(login)) {}

    /// The connection; a new one if there is none. errc::bad_configuration: trying again cannot help.
    [[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<ssh::session>>> connect();
    /// The connection if there is one now, else null.
    [[nodiscard]] std::shared_ptr<ssh::session> present() const;
    /// An agent ends there. As long as what this returns lives, no other is started: it might find what the
    /// first one is about to take with it.
    [[nodiscard]] std::shared_ptr<void> block_starts();
    /// Returns when nothing is in the way of a start there.
    [[nodiscard]] boost::asio::awaitable<void> wait_to_start();
    /// Ends the connection: something that came by it is lost, and all shall begin anew.
    void drop(std::string const& why);
    /// Why there is none any more.
    [[nodiscard]] std::string why_lost() const;

    [[nodiscard]] ssh_login const& login() const { return login_; }

private:
    ssh_login login_;
    std::shared_ptr<ssh::session> session_;
    bool is_connecting_ = false;
    std::optional<error> failure_; ///< of the last try
    async::notifier tried_;
    int blocking_starts_ = 0;
    async::notifier unblocked_;
};

} // namespace daskd::launch
