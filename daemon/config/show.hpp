#pragma once

#include "daemon/config/settings.hpp"

#include <string>

namespace daskd::config {

/// The settings in force, as YAML that gives them again; Dask's own follow after ours.
[[nodiscard]] std::string show(cluster_settings const& settings);

/// A configuration file with every key at its default and its documentation beside it. Keys of later versions
/// are commented out.
[[nodiscard]] std::string example();

} // namespace daskd::config
