#include "ctl/line_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace daskd::ctl {
namespace {

using std::chrono::steady_clock;

/// How long connecting and sending may block: a listener that is stopped fills its queue.
constexpr timeval send_limit{5, 0};

error closed() {
    return {errc::no_daemon, "daskd has closed the connection", "its log says why: daskctl logs daskd"};
}

/// For poll(): -1 waits for ever.
int remaining_ms(deadline until) {
    if (!until) return -1;
    auto const left = std::chrono::ceil<milliseconds>(*until - steady_clock::now()).count();
    return static_cast<int>(std::clamp<long long>(left, 0, 1'000'000'000));
}

} // namespace

deadline after(std::optional<milliseconds> limit) {
    if (!limit) return std::nullopt;
    return steady_clock::now() + *limit;
}

result<std::optional<line_socket>> line_socket::connect(std::filesystem::path const& path, uid_t uid) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path)
        return error{errc::usage, "the socket path " + path.string() + " is too long",
                     "set DASKD_RUNTIME_DIR"};
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);

    unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd) return error{errc::failed, "cannot make a socket: " + errno_text(), "see: ulimit -n"};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &send_limit, sizeof send_limit);
    if (::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) {
        if (errno == ENOENT || errno == ENOTDIR || errno == ECONNREFUSED) return std::optional<line_socket>();
        if (errno == EAGAIN)
            return error{errc::no_daemon, "daskd does not accept connections on " + path.string(),
                         "is it stopped?"};
        return error{errc::failed, "cannot connect to " + path.string() + ": " + errno_text(),
                     "see: ls -ld " + path.string()};
    }

    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != uid)
        return error{errc::failed,
                     "the process that listens on " + path.string() + " belongs to another user",
                     "set DASKD_RUNTIME_DIR to a directory of your own"};
    return std::optional<line_socket>(line_socket(std::move(fd), peer.pid));
}

result<void> line_socket::write(std::string line) {
    line += '\n';
    for (std::string_view rest = line; !rest.empty();) {
        auto const sent = ::send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent > 0)
            rest.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno == EAGAIN)
            return error{errc::no_daemon, "daskd (pid " + std::to_string(peer_) + ") does not read",
                         "is it stopped?"};
        else if (errno != EINTR)
            return closed();
    }
    return {};
}

std::optional<std::string> line_socket::take_line() {
    auto const end = received_.find('\n', searched_);
    if (end == std::string::npos) {
        searched_ = received_.size();
        return std::nullopt;
    }
    auto line = received_.substr(0, end);
    received_.erase(0, end + 1);
    searched_ = 0;
    return line;
}

result<std::optional<std::string>> line_socket::read(deadline until) {
    std::array<char, 65536> chunk; // NOLINT(cppcoreguidelines-pro-type-member-init): recv fills it
    for (;;) {
        if (auto line = take_line()) return line;
        pollfd readable{fd_.get(), POLLIN, 0};
        int const ready = ::poll(&readable, 1, remaining_ms(until));
        if (ready == 0) return std::optional<std::string>();
        if (ready < 0) continue; // EINTR
        auto const got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (got > 0)
            received_.append(chunk.data(), static_cast<std::size_t>(got));
        else if (got == 0 || errno != EINTR)
            return closed();
    }
}

} // namespace daskd::ctl
