#include "daemon/core/containers.hpp"

#include "daemon/config/container_key.hpp"
#include "daemon/core/dask_setting.hpp"
#include "daemon/core/nanny_environment.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace daskd::core {
namespace {

/// An image has its programs there: the host's would hide them.
constexpr std::array<std::string_view, 10> systems{"/bin", "/sbin", "/lib", "/lib32", "/lib64",
                                                   "/etc", "/usr",  "/dev", "/proc",  "/sys"};

/// Files of the host: what they say reaches Dask by the agent, and the image may have others there.
constexpr std::array<std::string_view, 2> lead_elsewhere{"DASK_CONFIG", "DASK_ROOT_CONFIG"};

bool hides_the_system(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.remove_suffix(1);
    return path == "/" || std::ranges::any_of(systems, [&](std::string_view system) {
               return path == system || (path.starts_with(system) && path[system.size()] == '/');
           });
}

/// The files with which scheduler and workers encrypt.
std::vector<std::string> tls_paths(plan_input const& in) {
    if (in.tls_paths) return {in.tls_paths->ca_file, in.tls_paths->cert, in.tls_paths->key};
    std::vector<std::string> paths;
    if (in.tls != tls_source::dask) return paths;
    for (auto const* key : {"ca-file", "scheduler.cert", "scheduler.key", "worker.cert", "worker.key"})
        if (auto const* value = find_setting(in.settings.dask, std::string("distributed.comm.tls.") + key);
            value != nullptr && value->is_string())
            paths.push_back(value->get<std::string>());
    return paths;
}

/// Each once; a relative one is below the working directory.
std::vector<std::string> absolute(std::vector<std::string> const& paths) {
    std::set<std::string> found;
    for (auto const& path : paths)
        if (path.starts_with('/')) found.insert(path);
    return {found.begin(), found.end()};
}

std::string what(container_spec const& c) {
    return config::to_string(c.engine) + " " + c.image;
}

} // namespace

container_spec describe_container(config::container_settings const& wanted, plan_input const& in,
                                  std::vector<std::string> directories) {
    container_spec c;
    c.engine = wanted.engine;
    c.program = config::to_string(wanted.engine);
    if (auto const it = in.engines.find(wanted.engine); it != in.engines.end()) c.program = it->second;
    c.image = wanted.image;
    c.command = wanted.command;
    c.options = wanted.options;
    if (auto const* temporary = find_setting(in.settings.dask, "temporary-directory");
        temporary != nullptr && temporary->is_string())
        directories.push_back(temporary->get<std::string>());
    c.directories = absolute(directories);
    c.files = absolute(tls_paths(in));
    return c;
}

environment contained_environment(json const& dask, environment const& user, environment const& pool) {
    auto const nannys = nanny_variables(dask);
    environment kept;
    for (auto const& [name, value] : user) {
        bool const is_dasks =
            name.starts_with("DASK_") && std::ranges::find(lead_elsewhere, name) == lead_elsewhere.end();
        if (is_dasks || std::ranges::find(nannys, name) != nannys.end()) kept[name] = value;
    }
    return agent_environment(dask, kept, pool);
}

bool can_share(std::optional<container_spec> const& needed, std::optional<container_spec> const& there) {
    if (!needed || !there) return !needed && !there;
    auto same = *needed;
    same.directories = there->directories;
    return same == *there && std::ranges::includes(there->directories, needed->directories);
}

std::optional<std::string> why_impossible(container_spec const& container) {
    for (auto const& path : container.directories)
        if (hides_the_system(path))
            return path + " is to be seen in a container, where it would hide the image's own: set 'cwd' (or "
                          "call daskctl in another directory)";
    return std::nullopt;
}

std::string container_reason(std::optional<container_spec> const& from,
                             std::optional<container_spec> const& to) {
    auto const text = [](std::optional<container_spec> const& c) { return c ? what(*c) : "none"; };
    if (text(from) != text(to)) return "container " + text(from) + " → " + text(to);
    if (from->options != to->options) return "options of the container";
    if (from->command != to->command) return "command of the container";
    return "directories of the container";
}

} // namespace daskd::core
