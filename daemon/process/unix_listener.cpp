#include "daemon/process/unix_listener.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace daskd::process {
namespace {

result<void> remove_stale(std::filesystem::path const& path) {
    struct stat st {};
    if (::lstat(path.c_str(), &st) != 0) return {};
    if (!S_ISSOCK(st.st_mode))
        return error{errc::failed, path.string() + " is in the way: it is no socket", "move it elsewhere"};
    ::unlink(path.c_str());
    return {};
}

} // namespace

result<async::unique_fd> listen_on(std::filesystem::path const& path) {
    auto const failed = [&](char const* step) {
        return error{errc::failed,
                     std::string("cannot ") + step + " " + path.string() + ": " +
                         std::system_category().message(errno),
                     ""};
    };
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.native().size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return failed("listen on");
    }
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    if (auto removed = remove_stale(path); !removed) return removed.error();

    async::unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return failed("make a socket for");
    // Before bind, so that the file is never open to others; after it, in case the umask takes our own rights
    // away.
    if (::fchmod(fd.get(), 0600) != 0) return failed("protect");
    if (::bind(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
        return failed("bind");
    if (::chmod(path.c_str(), 0600) != 0) return failed("protect");
    if (::listen(fd.get(), SOMAXCONN) != 0) return failed("listen on");
    return fd;
}

std::optional<uid_t> peer_uid(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer.uid;
}

} // namespace daskd::process
