#pragma once

#include "common/error.hpp"
#include "daemon/core/tls.hpp"
#include "daemon/tls/certificate.hpp"

#include <filesystem>

namespace daskd::tls {

/// The cluster's own CA and certificates in `dir` (mode 0700, files 0600): makes what is missing or ends
/// soon, and leaves alone what is good. `wanted`: names of this host.
[[nodiscard]] result<core::tls_files> keep_own_files(std::filesystem::path const& dir, names const& wanted,
                                                     time now);

} // namespace daskd::tls
