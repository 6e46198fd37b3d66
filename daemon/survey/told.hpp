#pragma once

#include "common/cluster_view.hpp"
#include "daemon/doctor/facts.hpp"

#include <string>
#include <vector>

namespace daskd::survey {

/// What the cluster's daskd says of a host agent (`cluster.agents`).
struct told_agent {
    doctor::place there;           ///< `host` empty: this machine; `wrong`: it cannot be reached
    std::vector<std::string> runs; ///< scheduler, and pools
};

/// What daskctl has heard of the cluster's daskd, if there is one, and knows itself.
struct told {
    doctor::daemon_facts daemon;
    std::optional<cluster_view> status;
    std::vector<told_agent> agents;
    std::string unit; ///< of systemd, that runs daskd; empty: none
};

/// {"daemon": daemon.info or null, "silence": {what, hint} or null, "status": cluster.status or null,
///  "agents": cluster.agents' or null, "unit": text or null}; what is missing is not known. Never throws:
/// what makes no sense counts as missing.
[[nodiscard]] told read_told(json const& value);

} // namespace daskd::survey
