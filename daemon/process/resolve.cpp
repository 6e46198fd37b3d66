#include "daemon/process/resolve.hpp"

#include "daemon/process/short_command.hpp"

#include <algorithm>

namespace daskd::process {

namespace asio = boost::asio;

namespace {

constexpr char const* remedy = "look for a typing error, or set HostName in ~/.ssh/config";

} // namespace

std::vector<asio::ip::address> read_addresses(std::string_view printed) {
    std::vector<asio::ip::address> addresses;
    while (!printed.empty()) {
        auto const end = std::min(printed.find('\n'), printed.size());
        auto const line = printed.substr(0, end);
        printed.remove_prefix(std::min(end + 1, printed.size()));
        boost::system::error_code ec;
        auto const address = asio::ip::make_address(line.substr(0, line.find_first_of(" \t")), ec);
        if (!ec && std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
    }
    return addresses;
}

asio::awaitable<result<std::vector<asio::ip::address>>> resolve(std::string host,
                                                                std::chrono::milliseconds limit) {
    boost::system::error_code ec;
    if (auto const address = asio::ip::make_address(host, ec); !ec) co_return std::vector{address};
    auto looking = run_command({{"/usr/bin/getent", "ahosts", host}, own_environment()}, limit);
    auto const done = co_await std::move(looking);
    if (!done && done.error().code == errc::timed_out)
        co_return error{errc::timed_out, "looking up " + host + " takes too long",
                        "does the name server of this machine answer? try: getent hosts " + host};
    if (!done) co_return done.error();
    auto addresses = read_addresses(done->out);
    if (addresses.empty()) co_return error{errc::failed, "no address for " + host, remedy};
    co_return addresses;
}

} // namespace daskd::process
