#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace daskd::tunnel {

// Which mouth listens on which port, and where what connects there comes out. Pure.

/// Of this machine; others are called as their hosts are configured.
inline constexpr auto here = "";

/// Port -> the mouth of the host where a process listens on it.
using port_homes = std::map<int, std::string>;

/// What is known of a mouth.
struct mouth_place {
    std::string name;
    std::string loopback; ///< whose 127.0.0.1 it has; empty: not known yet

    bool operator==(mouth_place const&) const = default;
};

/// What one mouth does.
struct mouth_role {
    std::map<int, std::string> listen; ///< port -> the mouth that serves it
    std::vector<int> serve;            ///< ports that are at home here

    bool operator==(mouth_role const&) const = default;
};

/// `self` is one of `mouths`. Mouths may share one 127.0.0.1: "ssh localhost", a host with two names, two
/// users on one host. Then their ports are within reach already, and the first of them listens for all.
[[nodiscard]] mouth_role role_of(mouth_place const& self, std::vector<mouth_place> const& mouths,
                                 port_homes const& homes);

} // namespace daskd::tunnel
