#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace daskd::app {

/// daskd's command line.
struct options {
    std::string cluster; ///< empty: DASKD_CLUSTER, else "default"
    std::optional<std::filesystem::path> config_file;
    bool in_background = false;
};

} // namespace daskd::app
