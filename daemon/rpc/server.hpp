#pragma once

#include "common/error.hpp"
#include "daemon/rpc/dispatcher.hpp"
#include "daemon/rpc/file_watch.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <sys/types.h>

namespace daskd::rpc {

/// The control socket: accepts clients of one user and gives each a session.
class server {
public:
    /// Only `owner` may connect. `methods` must outlive the server and the running of `io`.
    server(boost::asio::io_context& io, std::filesystem::path socket, uid_t owner, dispatcher const& methods);
    ~server(); ///< as stop()
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    /// Listens. Only with the daemon lock held: a socket that is left there is replaced. One that is deleted
    /// later is made again at once; clients that are connected do not notice.
    [[nodiscard]] result<void> start();
    /// Closes the socket and all sessions and removes the file. What the clients' sockets take at once is
    /// still sent.
    void stop();

private:
    class listener;

    void restore();

    boost::asio::io_context& io_;
    std::filesystem::path socket_;
    uid_t owner_;
    dispatcher const& methods_;
    std::shared_ptr<listener> listener_; ///< null while stopped
    std::optional<file_watch> watch_;    ///< over `socket_`, while it listens
};

} // namespace daskd::rpc
