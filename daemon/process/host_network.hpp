#pragma once

#include <string>
#include <vector>

namespace daskd::process {

/// How this host may be reached.
struct host_network {
    std::vector<std::string> host_names; ///< localhost, its own name
    std::vector<std::string> addresses;  ///< IPv4 and IPv6 as text
    std::vector<std::string> interfaces;
};

[[nodiscard]] host_network read_host_network();

} // namespace daskd::process
