#pragma once

#include "daemon/config/environment.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace daskd::config {

/// What the configuration is made of; each part overrides the ones before it.
struct sources {
    std::vector<std::filesystem::path> files;         ///< Dask's, in Dask's order; all of them exist, or did
    environment_map environment;                      ///< all variables; only DASK_… and HOME are used
    std::optional<std::filesystem::path> config_file; ///< --config FILE: must exist
    std::vector<std::pair<std::string, std::string>>
        flags; ///< dotted key, YAML text: "daskd.pools.local.workers", "4"
};

/// Finds the files that Dask would read with these variables: in DASK_ROOT_CONFIG or /etc/dask, in etc/dask
/// of the Python installations ($CONDA_PREFIX, $VIRTUAL_ENV, `sys_prefix`; each may be unset or empty), in
/// ~/.config/dask and in $DASK_CONFIG; of a directory the .yaml, .yml and .json files by name. Directories
/// that cannot be listed are skipped.
[[nodiscard]] sources find_sources(environment_map const& environment,
                                   std::optional<std::filesystem::path> config_flag,
                                   std::string const& sys_prefix);

/// `path` with a leading ~ replaced by `home`, as it is if there is no ~ or no home. Other users' homes are
/// left alone.
[[nodiscard]] std::string expand_home(std::string const& path, std::string const& home);

} // namespace daskd::config
