#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/core/tls.hpp"
#include "daemon/tls/certificate.hpp"

#include <string>
#include <vector>

namespace daskd::tls {

/// Files of the user's own, as `tls: {ca_file, cert, key}` names them.

struct complaint {
    std::string key; ///< ca_file, cert or key
    std::string text;
};

/// All that is wrong with them: missing, unreadable, not what they should be, not of each other, over.
[[nodiscard]] std::vector<complaint> check_given_files(config::given_tls const& given, time now);

[[nodiscard]] core::tls_files use_given_files(config::given_tls const& given);

} // namespace daskd::tls
