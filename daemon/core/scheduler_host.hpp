#pragma once

#include <map>
#include <string>
#include <vector>

namespace daskd::core {

/// How this machine and its remote hosts see each other.
struct network_view {
    std::vector<std::string> addresses;        ///< of this machine's interfaces
    std::map<std::string, std::string> routes; ///< host -> the address of ours by which we reach it

    bool operator==(network_view const&) const = default;
};

/// Where to listen, and why, for people.
struct host_choice {
    std::string host;
    std::string why;

    bool operator==(host_choice const&) const = default;
};

/// The address of this machine that the remote `hosts` can reach: the one by which most of them are reached.
/// Hosts without a known route follow the others. With no route at all, or no hosts but jobs in a queue: the
/// first address that is no loopback.
[[nodiscard]] host_choice choose_reachable_host(std::vector<std::string> const& hosts,
                                                network_view const& network);

} // namespace daskd::core
