#pragma once

#include "common/error.hpp"
#include "daemon/ssh/host_settings.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daskd::ssh {

/// What the reader of ssh_config asks of the world, so that it stays pure.
struct config_world {
    std::filesystem::path home;
    std::string user; ///< the local one
    std::string uid;
    std::function<std::optional<std::string>(std::string const&)> variable; ///< of the environment
    std::function<std::optional<std::string>(std::filesystem::path const&)> read;
    /// The files that match a pattern, in order.
    std::function<std::vector<std::filesystem::path>(std::filesystem::path const&)> glob;
    /// In OpenSSH's order: the user's, then the system's.
    std::vector<std::filesystem::path> files;
};

/// The real one: ~/.ssh/config, then /etc/ssh/ssh_config.
[[nodiscard]] config_world this_machine();

/// What a user said about a host outside of ssh_config; it wins.
struct destination {
    std::string host;
    std::optional<std::string> user = {};
    std::optional<std::uint16_t> port = {};

    bool operator==(destination const&) const = default;
};

/// Reads "alice@node1:2222", "[::1]:22", "ssh://alice@node1:2222". Fails (errc::usage) on what is none.
[[nodiscard]] result<destination> parse_destination(std::string_view text);

struct resolved_route {
    route hosts;
    std::vector<std::string> notes; ///< "FILE:LINE: what is not honoured, and what to write instead"
};

/// How to reach `to`: the settings of ssh_config as OpenSSH reads them (Host, Match, Include, the first value
/// wins), and the hosts of ProxyJump before it. Fails (errc::bad_configuration) on lines that cannot be read,
/// and on jumps that go in a circle.
[[nodiscard]] result<resolved_route> resolve_route(destination const& to, config_world const& world);

} // namespace daskd::ssh
