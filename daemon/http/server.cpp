#include "daemon/http/server.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/config/http_key.hpp"
#include "daemon/http/listening_socket.hpp"
#include "daemon/http/session.hpp"
#include "daemon/process/descriptors.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace daskd::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_clients = 32;
/// How long no client is taken in when none can be.
constexpr std::chrono::seconds accept_pause{1};

} // namespace

/// Lives as long as its accept loop, which may end a moment after the server.
class server::listener {
public:
    listener(asio::io_context& io, supervise::supervisor& s, async::unique_fd fd, bool is_local)
        : acceptor_(io, asio::generic::stream_protocol(is_local ? AF_UNIX : AF_INET, 0), fd.release()),
          pause_(io),
          supervisor_(s) {}

    static asio::awaitable<void> run(std::shared_ptr<listener> self) {
        while (self->acceptor_.is_open()) {
            boost::system::error_code ec;
            auto client =
                co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
            if (!self->acceptor_.is_open()) break;
            if (!ec) self->welcome(std::move(client));
            if (!ec) continue;
            boost::system::error_code stopped;
            self->pause_.expires_after(accept_pause);
            co_await self->pause_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
        }
    }

    void stop() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for (auto const& one : sessions_)
            if (auto const open = one.lock()) open->close();
    }

private:
    void welcome(session::socket client) {
        std::erase_if(sessions_, [](auto const& one) { return one.expired(); });
        if (sessions_.size() >= max_clients || !process::has_spare_descriptors()) return; // it is closed
        auto const one = std::make_shared<session>(std::move(client), supervisor_);
        sessions_.push_back(one);
        async::spawn_task(acceptor_.get_executor(), "HTTP session", session::run(one));
    }

    asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_;
    asio::steady_timer pause_;
    supervise::supervisor& supervisor_;
    std::vector<std::weak_ptr<session>> sessions_;
};

server::server(asio::io_context& io, supervise::supervisor& supervisor) : io_(io), supervisor_(supervisor) {}

server::~server() {
    stop();
}

void server::serve_at(std::optional<config::listen_address> where) {
    if (where_ == where) return;
    if (listener_) {
        std::exchange(listener_, nullptr)->stop();
        std::error_code ignored;
        if (!where_->socket.empty()) std::filesystem::remove(where_->socket, ignored);
    }
    where_ = std::move(where);
    (void)keep();
}

result<void> server::keep() {
    std::error_code ignored;
    bool const is_removed =
        listener_ && !where_->socket.empty() && !std::filesystem::exists(where_->socket, ignored);
    if (is_removed) std::exchange(listener_, nullptr)->stop();
    if (!where_ || listener_) {
        supervisor_.set_warning("http", "");
        return {};
    }
    auto fd = listen_at(*where_);
    if (!fd) {
        supervisor_.set_warning("http", fd.error().what + "; " + fd.error().hint);
        return error{errc::not_up, fd.error().what, ""};
    }
    supervisor_.set_warning("http", "");
    spdlog::info("metrics are served at {}", config::to_string(*where_));
    listener_ = std::make_shared<listener>(io_, supervisor_, std::move(*fd), !where_->socket.empty());
    async::spawn_task(io_.get_executor(), "HTTP server", listener::run(listener_));
    return {};
}

} // namespace daskd::http
