#pragma once

#include "daemon/config/codec.hpp"

namespace daskd::config {

/// `http:`: ADDRESS:PORT, or the path of a socket.
[[nodiscard]] codec<listen_address> http_address();

/// As it is written: 127.0.0.1:9100, [::1]:9100, /run/user/1000/metrics.sock.
[[nodiscard]] std::string to_string(listen_address const& where);

} // namespace daskd::config
