#include "daemon/launch/survival.hpp"

namespace daskd::launch {

std::vector<std::string> scope_command(std::string const& unit, std::string const& cluster,
                                       std::string const& agent, std::uint64_t stamp) {
    // Units look for these names: systemd/daskd.service.
    auto const name = "daskd:" + cluster + ":" + agent + "-" + std::to_string(stamp) + ".scope";
    return {"/usr/bin/systemd-run", "--user", "--scope", "--collect", "--quiet", "--unit=" + name,
            "--description=Host agent of the Dask cluster '" + cluster + "'",
            "--property=Delegate=yes", // for a cgroup a worker
            // Units that end together, at logout, end in the reverse order: daskd first, which ends this one
            // gently.
            "--property=Before=" + unit, "--"};
}

} // namespace daskd::launch
