#pragma once

#include <string>

namespace daskd::launch {

/// What a cluster of this machine is called on other hosts: CLUSTER@HOST. Several machines may have one of
/// the same name there.
[[nodiscard]] std::string name_elsewhere(std::string const& cluster);
/// Where its logs are there; "~/" is the home there.
[[nodiscard]] std::string log_dir_elsewhere(std::string const& cluster);

} // namespace daskd::launch
