#include "daemon/core/scheduler_host.hpp"

#include "daemon/core/tls.hpp"

#include <algorithm>

namespace daskd::core {
namespace {

/// An address that is good on one link only.
bool is_link_local(std::string const& address) {
    return address.starts_with("169.254.") || address.starts_with("fe80:") ||
           address.find('%') != std::string::npos;
}

std::string reached(std::string const& host, std::size_t count) {
    if (count == 1) return host + " is reached";
    return host + " and " + std::to_string(count - 1) + " more are reached";
}

} // namespace

host_choice choose_reachable_host(std::vector<std::string> const& hosts, network_view const& network) {
    struct candidate {
        std::string address;
        std::string first_host;
        std::size_t count = 0;
    };
    std::vector<candidate> candidates; // in the order of the hosts, so that a draw is always decided alike
    for (auto const& host : hosts) {
        auto const route = network.routes.find(host);
        if (route == network.routes.end() || is_link_local(route->second)) continue;
        auto it = std::ranges::find(candidates, route->second, &candidate::address);
        if (it == candidates.end()) it = candidates.insert(it, {route->second, host, 0});
        ++it->count;
    }
    // One that is reached by loopback is this machine: it reaches the other addresses as well.
    bool const any_remote =
        std::ranges::any_of(candidates, [](auto const& c) { return !is_loopback(c.address); });
    if (any_remote) std::erase_if(candidates, [](auto const& c) { return is_loopback(c.address); });
    auto const best = std::ranges::max_element(candidates, {}, &candidate::count);
    if (best != candidates.end())
        return {best->address, "by " + best->address + " " + reached(best->first_host, best->count)};

    auto const own = std::ranges::find_if(network.addresses,
                                          [](auto const& a) { return !is_loopback(a) && !is_link_local(a); });
    if (own != network.addresses.end() && hosts.empty())
        return {*own, "jobs in a queue must reach it; " + *own +
                          " is the first address of this machine, scheduler.host chooses another"};
    if (own != network.addresses.end())
        return {*own,
                "no way to a remote host is known yet; " + *own + " is the first address of this machine"};
    return {"127.0.0.1", "this machine has no address that remote hosts could reach"};
}

} // namespace daskd::core
