#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/supervise/supervisor.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>

namespace daskd::http {

/// Serves `/metrics` and `/healthz`, read-only, where the configuration says so. Off without it.
class server {
public:
    server(boost::asio::io_context& io, supervise::supervisor& supervisor);
    ~server();
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    /// Serves there from now on, and nowhere else; who is connected elsewhere is dropped. Empty: nowhere.
    /// What is impossible is tried again by keep().
    void serve_at(std::optional<config::listen_address> where);
    /// Listens again where that is wanted and is not so: the address was taken, or the socket was removed.
    /// `status` shows a warning meanwhile. Fails with errc::not_up: nothing else suffers.
    [[nodiscard]] result<void> keep();
    void stop() { serve_at(std::nullopt); }

private:
    class listener;

    boost::asio::io_context& io_;
    supervise::supervisor& supervisor_;
    std::optional<config::listen_address> where_;
    std::shared_ptr<listener> listener_; ///< null while nobody is served
};

} // namespace daskd::http
