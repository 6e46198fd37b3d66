#include "daemon/launch/ssh_routes.hpp"

#include "daemon/launch/ssh_host.hpp"
#include "daemon/process/resolve.hpp"

#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <optional>

namespace daskd::launch {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

/// For all names together: `up` waits.
constexpr std::chrono::milliseconds lookup_limit = 5s;

asio::awaitable<result<std::string>> own_address_towards(std::string host, std::uint16_t port,
                                                         std::chrono::milliseconds limit) {
    auto looking = process::resolve(host, limit);
    auto const found = co_await std::move(looking);
    if (!found) co_return found.error();
    asio::ip::udp::socket socket(co_await asio::this_coro::executor);
    boost::system::error_code ec;
    socket.connect({found->front(), port}, ec); // sends nothing
    if (!ec) {
        auto const own = socket.local_endpoint(ec).address();
        if (!ec) co_return own.to_string();
    }
    co_return error{errc::failed, host + ": " + ec.message(), ""};
}

} // namespace

asio::awaitable<std::map<std::string, std::string>>
routes_to_hosts(std::vector<config::pool_settings> pools) {
    std::map<std::string, std::string> routes;
    auto const until = std::chrono::steady_clock::now() + lookup_limit;
    for (auto const& pool : pools) {
        for (auto const& host : pool.hosts) {
            auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
                until - std::chrono::steady_clock::now());
            auto const way = route_to({host.address, {}, {}});
            if (!way || left <= 0ms) continue;
            auto const& first = way->front();
            auto looking = own_address_towards(first.host_name, first.port, left);
            auto const own = co_await std::move(looking);
            if (own) routes[host.address.name] = *own;
        }
    }
    co_return routes;
}

} // namespace daskd::launch
