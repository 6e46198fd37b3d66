#include "daemon/app/service_manager.hpp"

#include "common/error.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace daskd::app {
namespace {

constexpr int first_handed_over = 3; ///< SD_LISTEN_FDS_START

/// Removes a variable from our environment; empty: it was not there.
std::string take(char const* name) {
    char const* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    std::string const text = value == nullptr ? "" : value;
    ::unsetenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return text;
}

std::optional<long long> take_number(char const* name) {
    auto const text = take(name);
    long long value = 0;
    auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_listening_unix_socket(int fd) {
    int domain = 0;
    int listens = 0;
    socklen_t size = sizeof domain;
    return ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
           ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

} // namespace

service_manager service_manager::take_from_environment() {
    service_manager m;
    m.address_ = take("NOTIFY_SOCKET");
    auto const watchdog_pid = take_number("WATCHDOG_PID");
    auto const watchdog = take_number("WATCHDOG_USEC");
    if (watchdog && *watchdog > 0 && watchdog_pid.value_or(::getpid()) == ::getpid())
        m.watchdog_ = std::chrono::microseconds(*watchdog);

    auto const sockets_pid = take_number("LISTEN_PID");
    auto const sockets = take_number("LISTEN_FDS");
    take("LISTEN_FDNAMES");
    if (sockets_pid != ::getpid()) return m;
    for (int fd = first_handed_over; fd < first_handed_over + sockets.value_or(0); ++fd) {
        async::unique_fd handed_over(fd);
        if (is_listening_unix_socket(fd) && ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            m.sockets_.push_back(std::move(handed_over));
    }
    return m;
}

std::string service_manager::unit() const {
    if (!is_there()) return "";
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        auto const name = line.substr(line.rfind('/') + 1);
        if (name.ends_with(".service")) return name;
    }
    return "";
}

void service_manager::tell(std::string const& message) const {
    if (address_.empty()) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const length = std::min(address_.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, address_.data(), length);
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    async::unique_fd const fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    auto const size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    if (::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<sockaddr const*>(&address), size) < 0)
        spdlog::warn("cannot tell systemd {}: {}", message, errno_text());
}

boost::asio::awaitable<void> service_manager::keep_watchdog_quiet() const {
    if (!watchdog_) co_return;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
        tell("WATCHDOG=1");
        timer.expires_after(*watchdog_ / 2);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

} // namespace daskd::app
