#pragma once

#include "common/error.hpp"
#include "daemon/async/unique_fd.hpp"
#include "daemon/config/settings.hpp"

namespace daskd::http {

/// Listens there. A socket file that nobody serves is replaced. Fails with the system's reason, naming the
/// address.
[[nodiscard]] result<async::unique_fd> listen_at(config::listen_address const& where);

} // namespace daskd::http
