#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace daskd::ssh {

/// All that is needed to log in to one host.
struct host_settings {
    std::string name;      ///< as the user wrote it
    std::string host_name; ///< name or address to connect to
    std::uint16_t port = 22;
    std::string user;
    std::vector<std::filesystem::path> identity_files;
    bool has_identity_files = false;    ///< they were asked for, and are not the customary ones
    bool identities_only = false;       ///< of the agent's keys only those of identity_files
    std::filesystem::path agent_socket; ///< empty: no agent
    std::vector<std::filesystem::path> known_hosts_files;
    std::string host_key_alias; ///< the name to look up there, if not host_name

    bool operator==(host_settings const&) const = default;
};

/// "alice@node1 (10.0.0.7 port 2222)", as short as it is clear.
[[nodiscard]] std::string describe(host_settings const& host);

/// The hosts to go through, the last one is where to.
using route = std::vector<host_settings>;

} // namespace daskd::ssh
