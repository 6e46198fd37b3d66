#include "daemon/config/load.hpp"

#include "daemon/config/pools.hpp"
#include "daemon/config/schema.hpp"
#include "daemon/config/yaml_reader.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <system_error>

namespace daskd::config {
namespace {

namespace fs = std::filesystem;

/// The file's text; empty after having complained. Devices are read too: `--config /dev/null` is no
/// configuration.
std::optional<std::string> read_text(fs::path const& file, std::vector<diagnostic>& problems) {
    auto const fail = [&](std::string what) {
        problems.push_back({file.string(), 0, 0, "", std::move(what)});
        return std::nullopt;
    };
    std::error_code ec;
    auto const status = fs::status(file, ec);
    if (!fs::exists(status)) return fail("there is no such file");
    if (!fs::is_regular_file(status) && !fs::is_character_file(status)) return fail("is no file");
    std::ifstream in(file, std::ios::binary);
    if (!in) return fail(std::string("cannot be read: ") + errno_text());
    std::string text(max_file_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_file_bytes) return fail("is larger than 1 MiB");
    return text;
}

void merge_file(fs::path const& file, node& into, loaded& out) {
    auto const text = read_text(file, out.diagnostics);
    if (!text) return;
    out.files.push_back(file.string());
    if (auto const map = read_yaml_file(*text, file.string(), out.diagnostics)) merge(into, *map);
}

node merge_all(sources const& from, loaded& out) {
    auto all = make_map({});
    for (auto const& file : from.files) {
        std::error_code ec;
        if (fs::exists(file, ec)) merge_file(file, all, out); // else deleted since it was found
    }
    merge(all, read_environment(from.environment));
    if (from.config_file) merge_file(*from.config_file, all, out);
    for (auto const& [key, text] : from.flags)
        if (auto value = read_yaml_value(text, key, {"command line", 0, 0}, out.diagnostics))
            assign(all, key, *std::move(value));
    return all;
}

/// What this machine's shell would have done had the value been typed.
void expand_homes(cluster_settings& settings, std::string const& home) {
    auto const expand = [&](auto& maybe) {
        if (maybe) *maybe = expand_home(*maybe, home);
    };
    auto const expand_each = [&](std::vector<std::string>& all) {
        for (auto& one : all)
            one = expand_home(one, home);
    };
    expand(settings.scheduler.python);
    expand_each(settings.scheduler.preload);
    for (auto* path : {&settings.tls.given.ca_file, &settings.tls.given.cert, &settings.tls.given.key})
        *path = expand_home(*path, home);
    for (auto& pool : settings.pools) {
        expand_each(pool.identity);
        expand(pool.known_hosts);
        for (auto& host : pool.hosts)
            for (auto& there : host.own) {
                expand_each(there.identity);
                expand(there.known_hosts);
            }
        if (pool.launcher == launcher_kind::ssh) continue; // it is another home there
        expand(pool.python);
        expand(pool.local_directory);
        expand(pool.cwd);
        expand(pool.log_directory);
        expand_each(pool.preload);
    }
}

} // namespace

loaded load(sources const& from) {
    loaded out;
    auto all = merge_all(from, out);
    auto const ours = std::ranges::find_if(all.members, [](member const& m) { return m.key == "daskd"; });
    auto daskd = make_map({});
    if (ours != all.members.end()) {
        daskd = std::move(ours->value);
        all.members.erase(ours);
    }
    read_keys(cluster_keys(), daskd, out.settings, {out.diagnostics, "daskd"});
    out.settings.pools = build_pools(daskd, out.diagnostics);
    out.settings.dask = to_json(all);
    if (auto const home = from.environment.find("HOME"); home != from.environment.end())
        expand_homes(out.settings, home->second);
    return out;
}

} // namespace daskd::config
