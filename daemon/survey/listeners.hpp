#pragma once

#include "daemon/doctor/facts.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace daskd::survey {

/// A socket that listens, as /proc/net/tcp has it.
struct listening_socket {
    int port = 0;
    uid_t user = 0;
    std::uint64_t inode = 0;

    bool operator==(listening_socket const&) const = default;
};

/// Of the text of /proc/net/tcp or tcp6. Pure; lines that are no sockets are passed over.
[[nodiscard]] std::vector<listening_socket> parse_listening(std::string const& text);

/// Who listens on this port of this machine, on whatever address; empty: nobody. The process is told where
/// we may see it.
[[nodiscard]] std::optional<doctor::listener> listener_on(int port);

} // namespace daskd::survey
