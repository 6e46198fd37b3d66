// ~/.ssh/config: a destination, then the user's file, then the one that it may include.

#include "daemon/ssh/ssh_config.hpp"

#include "daemon/ssh/host_pattern.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <map>

namespace {

using namespace daskd;
using fuzzing::require;

std::string take_line(std::string_view& input) {
    auto const end = std::min(input.find('\n'), input.size());
    std::string const line(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    return line;
}

ssh::config_world world(std::string_view input) {
    auto const cut = input.find("\n--\n");
    std::map<std::string, std::string> files;
    files["/home/alice/.ssh/config"] = input.substr(0, cut);
    if (cut != std::string_view::npos) files["/home/alice/.ssh/more"] = input.substr(cut + 4);

    ssh::config_world w;
    w.home = "/home/alice";
    w.user = "alice";
    w.uid = "1000";
    w.variable = [](std::string const& name) {
        return name == "KEYS" ? std::optional<std::string>("/keys") : std::nullopt;
    };
    w.read = [files](std::filesystem::path const& path) {
        auto const found = files.find(path.string());
        return found == files.end() ? std::nullopt : std::optional(found->second);
    };
    w.glob = [files](std::filesystem::path const& pattern) {
        std::vector<std::filesystem::path> paths;
        for (auto const& [path, text] : files)
            if (ssh::pattern_matches(pattern.string(), path)) paths.emplace_back(path);
        return paths;
    };
    w.files = {"/home/alice/.ssh/config", "/etc/ssh/ssh_config"};
    return w;
}

} // namespace

void fuzz(std::string_view input) {
    auto const to = ssh::parse_destination(take_line(input));
    if (!to) {
        require(!to.error().what.empty(), "a refusal says why");
        return;
    }
    auto const found = ssh::resolve_route(*to, world(input));
    if (!found) {
        require(!found.error().what.empty(), "a refusal says why");
        return;
    }
    require(!found->hosts.empty(), "a route ends somewhere");
    require(found->hosts.back().name == to->host, "it ends where it should");
    for (auto const& host : found->hosts)
        require(!host.host_name.empty() && host.port != 0 && !ssh::describe(host).empty(),
                "each host of it can be connected to");
}
