#pragma once

#include "common/error.hpp"
#include "daemon/async/unique_fd.hpp"
#include "daemon/rpc/dispatcher.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <sys/types.h>
#include <vector>

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
    /// Once started: serves the clients of a further socket too, which listens already. Its file is not ours.
    void serve_also(async::unique_fd listening);
    /// Makes the socket again if it was removed; who is connected stays so. Fails while the process is out of
    /// descriptors: then only one client at a time is served.
    [[nodiscard]] result<void> keep();
    /// Called when a client could not be accepted. Before start().
    void on_trouble(std::function<void()> call) { on_trouble_ = std::move(call); }
    /// Closes the socket and all sessions and removes the file. What the clients' sockets take at once is
    /// still sent.
    void stop();

private:
    class listener;

    boost::asio::io_context& io_;
    std::filesystem::path socket_;
    uid_t owner_;
    dispatcher const& methods_;
    std::function<void()> on_trouble_ = [] {};
    std::shared_ptr<listener> listener_;             ///< null while stopped
    std::vector<std::shared_ptr<listener>> further_; ///< of serve_also
};

} // namespace daskd::rpc
