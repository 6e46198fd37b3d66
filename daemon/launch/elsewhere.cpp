#include "daemon/launch/elsewhere.hpp"

#include "common/host_identity.hpp"

namespace daskd::launch {

std::string name_elsewhere(std::string const& cluster) {
    return cluster + "@" + this_host().hostname;
}

std::string log_dir_elsewhere(std::string const& cluster) {
    return "~/.local/state/daskd/" + name_elsewhere(cluster) + "/logs";
}

} // namespace daskd::launch
