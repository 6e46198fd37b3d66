#pragma once

#include "daemon/doctor/facts.hpp"
#include "daemon/doctor/finding.hpp"

#include <vector>

namespace daskd::doctor {

/// What the facts mean: at least one finding a check, in the order in which people should read them. Pure.
[[nodiscard]] std::vector<finding> examine(facts const& seen);

// The checks, a file each or two.
using findings = std::vector<finding>;
[[nodiscard]] findings check_daemon(daemon_facts const& daemon);
[[nodiscard]] findings check_cluster(cluster_facts const& status);
[[nodiscard]] findings check_configuration(std::vector<std::string> const& files,
                                           std::vector<std::string> const& problems);
[[nodiscard]] findings check_directories(std::vector<directory_facts> const& directories);
[[nodiscard]] findings check_pythons(facts const& seen);
[[nodiscard]] findings check_hosts(std::vector<place> const& workers);
/// As Dask compares them when a client connects, with those first that make computations fail.
[[nodiscard]] findings check_versions(facts const& seen);
/// As people know it: "3.11.2", none.
[[nodiscard]] std::string shown_version(std::string const& version);
[[nodiscard]] findings check_programs(std::vector<program_facts> const& programs);
[[nodiscard]] findings check_ports(std::vector<port_facts> const& ports);
[[nodiscard]] findings check_limits(limit_facts const& limits);
[[nodiscard]] findings check_session(session_facts const& session);
[[nodiscard]] findings check_users(reach_facts const& reach);

} // namespace daskd::doctor
