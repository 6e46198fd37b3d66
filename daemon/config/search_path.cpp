#include "daemon/config/search_path.hpp"

#include <algorithm>
#include <cctype>
#include <system_error>

namespace daskd::config {
namespace {

namespace fs = std::filesystem;

std::string value_of(environment_map const& environment, std::string const& name) {
    auto const it = environment.find(name);
    return it == environment.end() ? "" : it->second;
}

/// Files or directories, in Dask's order; a place that comes twice counts where it comes last.
std::vector<std::string> places(environment_map const& environment, std::string const& sys_prefix) {
    std::vector<std::string> all;
    auto const add = [&](std::string place) {
        std::erase(all, place);
        all.push_back(std::move(place));
    };
    auto const root = environment.find("DASK_ROOT_CONFIG");
    add(root == environment.end() ? "/etc/dask" : root->second);
    for (auto const& prefix :
         {value_of(environment, "CONDA_PREFIX"), value_of(environment, "VIRTUAL_ENV"), sys_prefix})
        if (!prefix.empty()) add((fs::path(prefix) / "etc/dask").string());
    add("~/.config/dask");
    add(value_of(environment, "DASK_CONFIG"));
    return all;
}

bool is_configuration(fs::path const& file) {
    auto extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
    std::error_code ec;
    return (extension == ".yaml" || extension == ".yml" || extension == ".json") &&
           !fs::is_directory(file, ec);
}

void add_files(fs::path const& place, std::vector<fs::path>& files) {
    std::error_code ec;
    auto const status = fs::status(place, ec);
    if (!fs::exists(status)) return;
    if (!fs::is_directory(status)) {
        files.push_back(place);
        return;
    }
    std::vector<fs::path> found;
    for (fs::directory_iterator it(place, ec), end; !ec && it != end; it.increment(ec))
        if (is_configuration(it->path())) found.push_back(it->path());
    std::ranges::sort(found, {}, [](fs::path const& p) { return p.native(); });
    files.insert(files.end(), found.begin(), found.end());
}

} // namespace

sources find_sources(environment_map const& environment, std::optional<fs::path> config_flag,
                     std::string const& sys_prefix) {
    sources found;
    found.environment = environment;
    found.config_file = std::move(config_flag);
    auto const home = value_of(environment, "HOME");
    for (auto const& place : places(environment, sys_prefix)) {
        auto const expanded = expand_home(place, home);
        if (!expanded.empty() && !expanded.starts_with('~')) add_files(expanded, found.files);
    }
    return found;
}

std::string expand_home(std::string const& path, std::string const& home) {
    bool const is_ours = path == "~" || path.starts_with("~/");
    if (!is_ours || home.empty()) return path;
    return home + path.substr(1);
}

} // namespace daskd::config
