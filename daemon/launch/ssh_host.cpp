#include "daemon/launch/ssh_host.hpp"

#include "daemon/ssh/ssh_config.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::launch {
namespace {

/// However a try ends, whoever waits for it hears of it.
class attempt {
public:
    attempt(bool& is_going_on, async::notifier& ended) : is_going_on_(is_going_on), ended_(ended) {
        is_going_on_ = true;
    }
    ~attempt() {
        is_going_on_ = false;
        ended_.notify_all();
    }
    attempt(attempt const&) = delete;
    attempt& operator=(attempt const&) = delete;

private:
    bool& is_going_on_;
    async::notifier& ended_;
};

} // namespace

result<ssh::route> route_to(ssh_login const& login) {
    ssh::destination to{login.host.name, login.host.user, std::nullopt};
    if (login.host.port) to.port = static_cast<std::uint16_t>(*login.host.port);
    auto found = ssh::resolve_route(to, ssh::this_machine());
    if (!found) return found.error();
    for (auto const& note : found->notes)
        spdlog::debug("{}", note);
    auto& last = found->hosts.back();
    if (!login.identity.empty()) {
        last.identity_files.assign(login.identity.begin(), login.identity.end());
        last.has_identity_files = true;
    }
    if (login.known_hosts) last.known_hosts_files = {*login.known_hosts};
    return std::move(found->hosts);
}

std::shared_ptr<ssh::session> ssh_host::present() const {
    return session_ && session_->is_open() ? session_ : nullptr;
}

boost::asio::awaitable<result<std::shared_ptr<ssh::session>>> ssh_host::connect() {
    while (is_connecting_) {
        auto waiting = tried_.wait({});
        co_await std::move(waiting);
        if (!is_connecting_ && failure_) co_return *failure_; // it would fail for us too
    }
    if (auto open = present()) co_return open;
    attempt const trying(is_connecting_, tried_);
    session_.reset();
    failure_.reset();
    auto route = route_to(login_);
    if (!route) {
        failure_ = route.error();
        co_return route.error();
    }
    auto connecting = ssh::session::connect(*std::move(route));
    auto session = co_await std::move(connecting);
    if (session)
        session_ = *session;
    else
        failure_ = session.error();
    co_return session;
}

std::shared_ptr<void> ssh_host::block_starts() {
    ++blocking_starts_;
    return {nullptr, [self = shared_from_this()](void*) {
                --self->blocking_starts_;
                self->unblocked_.notify_all();
            }};
}

boost::asio::awaitable<void> ssh_host::wait_to_start() {
    while (blocking_starts_ > 0) {
        auto waiting = unblocked_.wait({});
        co_await std::move(waiting);
    }
}

void ssh_host::drop(std::string const& why) {
    if (auto const open = present()) open->connection()->fail({errc::failed, why, ""});
}

std::string ssh_host::why_lost() const {
    if (session_ && !session_->is_open())
        return "the connection to " + ssh::describe(session_->host()) +
               " is lost: " + session_->connection()->failure()->what;
    return failure_ ? failure_->what : "";
}

} // namespace daskd::launch
