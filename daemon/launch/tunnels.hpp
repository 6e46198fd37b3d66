#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/launch/local_mouth.hpp"
#include "daemon/launch/ssh_host.hpp"
#include "daemon/tunnel/junction.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace daskd::launch {

/// The mouths of the cluster's tunnel: connected when a host is, this machine's before any other.
class tunnels : public std::enable_shared_from_this<tunnels> {
public:
    tunnels(boost::asio::any_io_executor executor, local_mouth here, tunnel::junction::callbacks calls);

    /// What holds from now on; `scheduler`: its port, which all hosts must have.
    void set_routes(tunnel::port_homes homes, std::optional<int> scheduler,
                    std::chrono::milliseconds tolerance);

    /// Who needs the mouth of a remote host.
    struct user {
        std::string host;
        std::string agent;
        void const* launcher; ///< of the agent: of two, the younger counts
    };
    /// From now on it is not ended.
    void need(user const& who);
    /// After `need`. `path`: of its Unix socket there; `python`: see session::connect_unix.
    /// errc::bad_configuration: trying again cannot help.
    [[nodiscard]] boost::asio::awaitable<result<void>>
    open(std::string host, std::shared_ptr<ssh::session> session, std::string path, std::string python);
    /// A mouth that nobody needs is ended; after the last one, that of this machine.
    [[nodiscard]] boost::asio::awaitable<void> end(user who);
    /// Lets go of all of them.
    void leave();

private:
    boost::asio::awaitable<result<void>> open_here();
    boost::asio::awaitable<result<void>> attach(std::string name, std::shared_ptr<ssh::byte_stream> link);
    static boost::asio::awaitable<void> keep_here(std::shared_ptr<tunnels> self);
    void on_lost(std::string const& name);

    boost::asio::any_io_executor executor_;
    local_mouth here_;
    tunnel::junction::callbacks calls_;
    std::shared_ptr<tunnel::junction> junction_;
    std::optional<int> scheduler_;
    std::set<std::string> opening_;                                    ///< one at a time
    std::map<std::string, std::map<std::string, void const*>> needed_; ///< host -> agent -> its launcher
    async::notifier opened_;
    bool has_left_ = false;
};

} // namespace daskd::launch
