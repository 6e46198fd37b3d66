#include "daemon/ssh/listener.hpp"

#include <utility>

namespace daskd::ssh {

namespace asio = boost::asio;

namespace {

/// Connections that nobody has accepted yet; further ones are refused.
constexpr int max_waiting = 16;

} // namespace

listener::listener(std::shared_ptr<engine> connection, LIBSSH2_LISTENER* raw, std::uint16_t port)
    : connection_(std::move(connection)), raw_(raw), port_(port) {
    connection_->add(this);
}

listener::~listener() {
    close();
}

void listener::close() {
    if (!raw_) return;
    connection_->remove(this);
    connection_->release(
        [raw = std::exchange(raw_, nullptr)] { return libssh2_channel_forward_cancel(raw); });
    waiting_.clear();
    wake();
}

bool listener::advance() {
    if (waiting_.size() >= static_cast<std::size_t>(max_waiting)) return false;
    auto* const raw = libssh2_channel_forward_accept(raw_);
    if (!raw) return false;
    waiting_.push_back(std::make_shared<channel>(connection_, raw));
    news_.notify_all();
    return true;
}

asio::awaitable<result<std::shared_ptr<channel>>> listener::accept() {
    auto const self = shared_from_this();
    while (waiting_.empty()) {
        if (auto const& lost = connection_->failure()) co_return *lost;
        if (!raw_) co_return error{errc::failed, "the remote host does not listen for us any more", ""};
        auto waiting = news_.wait({});
        co_await std::move(waiting);
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    co_return next;
}

asio::awaitable<result<std::shared_ptr<listener>>> listen_remotely(std::shared_ptr<engine> connection,
                                                                   std::string address, std::uint16_t port) {
    struct listening {
        std::string address;
        std::shared_ptr<listener> opened = {};
    };
    auto const what = std::make_shared<listening>(listening{address});
    std::function<int()> attempt = [weak = std::weak_ptr(connection), what, port] {
        auto const self = weak.lock();
        int bound = 0;
        auto* const raw =
            libssh2_channel_forward_listen_ex(self->raw(), what->address.c_str(), port, &bound, max_waiting);
        if (!raw) return libssh2_session_last_errno(self->raw());
        what->opened = std::make_shared<listener>(self, raw, static_cast<std::uint16_t>(bound));
        return 0;
    };
    auto running = connection->run(std::move(attempt));
    auto const code = co_await std::move(running);
    if (!code) co_return code.error();
    if (*code != 0) {
        auto e = connection->explain(
            "the remote host does not listen on " + address + " port " + std::to_string(port), *code);
        e.hint = "is the port taken, or AllowTcpForwarding off in its sshd_config?";
        co_return e;
    }
    co_return what->opened;
}

} // namespace daskd::ssh
