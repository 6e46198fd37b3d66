#include "daemon/http/listening_socket.hpp"

#include "daemon/config/http_key.hpp"
#include "daemon/process/unix_listener.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace daskd::http {
namespace {

error impossible(config::listen_address const& where, std::string const& why) {
    return {errc::failed, "cannot serve metrics at " + to_string(where) + ": " + why,
            "change daskd.http, then: daskctl reload"};
}

bool is_served(std::string const& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    async::unique_fd const fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(fd.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0 ||
           errno == EAGAIN;
}

template <class Address>
result<async::unique_fd> listen_on_port(config::listen_address const& where, Address const& address) {
    auto const* generic = reinterpret_cast<sockaddr const*>(&address);
    async::unique_fd fd(::socket(generic->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    int const yes = 1;
    if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0)
        return impossible(where, errno_text());
    if (generic->sa_family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (::bind(fd.get(), generic, sizeof address) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
        return impossible(where, errno_text());
    return fd;
}

} // namespace

result<async::unique_fd> listen_at(config::listen_address const& where) {
    if (!where.socket.empty()) {
        if (is_served(where.socket)) return impossible(where, "somebody else serves that socket");
        auto fd = process::listen_on(where.socket);
        if (!fd) return impossible(where, fd.error().what);
        return fd;
    }
    auto const port = htons(static_cast<std::uint16_t>(where.port));
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = port;
    if (::inet_pton(AF_INET, where.address.c_str(), &v4.sin_addr) == 1) return listen_on_port(where, v4);
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = port;
    ::inet_pton(AF_INET6, where.address.c_str(), &v6.sin6_addr);
    return listen_on_port(where, v6);
}

} // namespace daskd::http
