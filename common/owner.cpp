#include "common/owner.hpp"

#include "common/json.hpp"

#include <fstream>
#include <iterator>

namespace daskd {

std::optional<host_identity> other_owner(cluster_paths const& paths) {
    std::ifstream file(paths.state_file(), std::ios::binary);
    std::string const text(std::istreambuf_iterator<char>(file), {});
    auto const state = parse_json(text);
    if (!state || !state->is_object()) return std::nullopt;
    try {
        host_identity owner{state->value("host", ""), state->value("boot_id", "")};
        if (!state->value("up", false) || !is_elsewhere(owner, this_host())) return std::nullopt;
        return owner;
    } catch (json::exception const&) {
        return std::nullopt; // a damaged file: daskd sees to it
    }
}

error up_elsewhere(cluster_paths const& paths, host_identity const& owner, std::string const& command) {
    return {errc::failed,
            "the cluster '" + paths.cluster + "' is up on " + owner.hostname + ", which shares " +
                paths.state_dir.string(),
            "ssh " + owner.hostname + " " + command + "\n  (if " + owner.hostname +
                " is gone for good, remove " + paths.state_file().string() + ")"};
}

} // namespace daskd
