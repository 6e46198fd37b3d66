#pragma once

#include "daemon/config/diagnostic.hpp"
#include "daemon/config/search_path.hpp"
#include "daemon/config/settings.hpp"

#include <string>
#include <vector>

namespace daskd::config {

struct loaded {
    cluster_settings settings;           ///< meaningful only without diagnostics
    std::vector<diagnostic> diagnostics; ///< all that is wrong, not only the first
    std::vector<std::string> files;      ///< those that were read, in order
};

/// Reads, merges and checks the configuration. Never throws for what is in it.
[[nodiscard]] loaded load(sources const& from);

} // namespace daskd::config
