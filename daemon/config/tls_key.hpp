#pragma once

#include "daemon/config/table.hpp"

namespace daskd::config {

/// `tls:`.
[[nodiscard]] codec<tls_setting> tls();

} // namespace daskd::config
