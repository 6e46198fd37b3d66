#include "daemon/supervise/port.hpp"

#include "daemon/async/unique_fd.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>

namespace daskd::supervise {
namespace {

constexpr int default_port = 8786;

error taken(std::string const& host, int port, std::string const& hint) {
    return {errc::failed, "port " + std::to_string(port) + " on " + host + " is in use by another program",
            hint};
}

} // namespace

bool is_port_free(std::string const& host, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE;
    addrinfo* found = nullptr;
    auto const service = std::to_string(port);
    if (::getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &found) != 0)
        return false;
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const addresses(found, &::freeaddrinfo);

    async::unique_fd const fd(::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    int const on = 1; // as Dask does: connections that linger do not hold a port
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return fd && ::bind(fd.get(), addresses->ai_addr, addresses->ai_addrlen) == 0 &&
           ::listen(fd.get(), 1) == 0;
}

result<int> choose_scheduler_port(std::string const& host, std::optional<int> demanded,
                                  std::optional<int> had, bool must_keep) {
    if (demanded) {
        if (is_port_free(host, *demanded)) return *demanded;
        return taken(host, *demanded, "set daskd.scheduler.port to another port, or to auto");
    }
    if (had && is_port_free(host, *had)) return *had;
    if (had && must_keep) return taken(host, *had, "end that program, or: daskctl down, daskctl up");
    return is_port_free(host, default_port) ? default_port : 0;
}

std::optional<int> port_of(std::string const& address) {
    auto const colon = address.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    int port = 0;
    auto const* end = address.data() + address.size();
    auto const parsed = std::from_chars(address.data() + colon + 1, end, port);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return port;
}

} // namespace daskd::supervise
