#pragma once

#include "common/paths.hpp"
#include "ctl/environment.hpp"

#include <map>
#include <optional>
#include <string>

namespace daskd::ctl {

/// daskd as a service of the user's own systemd.

/// "daskd.service" for the cluster 'default', "daskd@NAME.service" for another.
[[nodiscard]] std::string service_of(std::string const& cluster);
[[nodiscard]] std::string socket_of(std::string const& cluster);

/// Where a user's own unit files are.
[[nodiscard]] std::filesystem::path user_unit_dir(environment_lookup const& env);

/// The drop-in that gives a unit the environment of the one who installs it: what finds the interpreter,
/// Dask's configuration and daskd's directories.
[[nodiscard]] std::filesystem::path environment_file(environment_lookup const& env,
                                                     std::string const& cluster);
[[nodiscard]] std::string environment_text(std::map<std::string, std::string> const& variables);

/// Whether systemd keeps what it runs for us beyond the last logout.
[[nodiscard]] bool lingers();
/// What makes it do so.
[[nodiscard]] std::string linger_command();

/// The unit that starts this cluster's daskd; none if it is not installed, is meant for other directories
/// than these variables name, or no systemd answers for this user.
[[nodiscard]] std::optional<std::string> managing_unit(environment_lookup const& env,
                                                       std::string const& cluster);

} // namespace daskd::ctl
