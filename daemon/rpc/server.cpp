#include "daemon/rpc/server.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/process/descriptors.hpp"
#include "daemon/process/unix_listener.hpp"
#include "daemon/rpc/session.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <chrono>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace daskd::rpc {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// How long no client is taken in when descriptors are short: they wait in the kernel's queue meanwhile, and
/// the others are served.
constexpr std::chrono::milliseconds accept_pause{100};

} // namespace

/// Lives as long as its accept loop, which may end a moment after the server.
class server::listener : public std::enable_shared_from_this<listener> {
public:
    listener(asio::io_context& io, async::unique_fd fd, uid_t owner, dispatcher const& methods)
        : acceptor_(io, asio::local::stream_protocol(), fd.release()),
          pause_(io),
          owner_(owner),
          methods_(methods) {}

    static asio::awaitable<void> run(std::shared_ptr<listener> self, std::function<void()> on_trouble) {
        while (self->acceptor_.is_open()) {
            error_code ec;
            auto client =
                co_await self->acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
            if (!ec) self->welcome(std::move(client));
            if (!self->acceptor_.is_open()) break;
            if (ec == asio::error::operation_aborted) continue; // another socket by now, see move_to()
            if (ec && !self->is_short_)
                spdlog::warn("control socket: cannot accept a client: {}", ec.message());
            if (ec) self->welcome_with_spare();
            if (ec || !process::has_spare_descriptors())
                co_await self->wait_for_descriptors(ec.failed(), on_trouble);
            else
                self->is_short_ = false;
        }
    }

    /// Goes on with `fd` in the place of a socket that nobody can find any more. Its clients stay.
    void move_to(async::unique_fd fd) {
        error_code ignored;
        acceptor_.close(ignored);
        acceptor_.assign(asio::local::stream_protocol(), fd.release());
    }

    /// Has a descriptor in reserve again; false: the system gives none.
    bool keep_spare() {
        if (!spare_) spare_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        return static_cast<bool>(spare_);
    }

    void stop() {
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for (auto const& one : std::exchange(sessions_, {}))
            if (auto const open = one.lock()) open->close();
    }

private:
    /// While descriptors are short clients are served one after the other: one of them may want to know why.
    asio::awaitable<void> wait_for_descriptors(bool has_failed, std::function<void()> on_trouble) {
        if (!std::exchange(is_short_, true)) on_trouble();
        auto const is_one_served = [this] { return !sessions_.empty() && !sessions_.back().expired(); };
        for (bool waits = has_failed; acceptor_.is_open() && (waits || is_one_served()); waits = false) {
            if (!waits && process::has_spare_descriptors()) break;
            error_code stopped;
            pause_.expires_after(accept_pause);
            co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
        }
    }

    /// Out of descriptors altogether: the reserve serves one client.
    void welcome_with_spare() {
        if (!spare_) return;
        spare_.reset();
        error_code ec;
        acceptor_.non_blocking(true, ec);
        auto client = acceptor_.accept(ec);
        if (!ec) welcome(std::move(client));
    }

    void welcome(session::socket client) {
        auto const uid = process::peer_uid(client.native_handle());
        if (uid != owner_) {
            spdlog::warn("control socket: refused a client of user {}",
                         uid ? std::to_string(*uid) : "unknown");
            return;
        }
        auto const one = std::make_shared<session>(std::move(client), methods_);
        std::erase_if(sessions_, [](auto const& other) { return other.expired(); });
        sessions_.push_back(one);
        one->start();
    }

    asio::local::stream_protocol::acceptor acceptor_;
    asio::steady_timer pause_;
    async::unique_fd spare_{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    bool is_short_ = false; ///< of descriptors; it is told
    uid_t owner_;
    dispatcher const& methods_;
    std::vector<std::weak_ptr<session>> sessions_; ///< each keeps itself alive until it is closed
};

server::server(asio::io_context& io, std::filesystem::path socket, uid_t owner, dispatcher const& methods)
    : io_(io), socket_(std::move(socket)), owner_(owner), methods_(methods) {}

server::~server() {
    stop();
}

result<void> server::start() {
    auto fd = process::listen_on(socket_);
    if (!fd) return fd.error();
    listener_ = std::make_shared<listener>(io_, std::move(*fd), owner_, methods_);
    async::spawn_task(io_.get_executor(), "control socket", listener::run(listener_, on_trouble_));
    return {};
}

result<void> server::keep() {
    if (!listener_) return {};
    std::error_code ignored;
    if (!std::filesystem::exists(socket_, ignored)) {
        auto fd = process::listen_on(socket_);
        if (!fd) return fd.error();
        listener_->move_to(std::move(*fd));
    }
    if (!listener_->keep_spare() || !process::has_spare_descriptors())
        return error{errc::failed, "daskd has no file descriptors left",
                     "raise the limit: prlimit --nofile=65536: --pid " + std::to_string(::getpid())};
    return {};
}

void server::serve_also(async::unique_fd listening) {
    further_.push_back(std::make_shared<listener>(io_, std::move(listening), owner_, methods_));
    async::spawn_task(io_.get_executor(), "further socket", listener::run(further_.back(), on_trouble_));
}

void server::stop() {
    if (!listener_) return;
    for (auto const& one : std::exchange(further_, {}))
        one->stop();
    std::error_code ignored;
    std::filesystem::remove(socket_, ignored);
    std::exchange(listener_, nullptr)->stop();
}

} // namespace daskd::rpc
