#include "ctl/user_units.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace daskd::ctl {
namespace {

namespace fs = std::filesystem;

std::string unit_of(std::string const& cluster, std::string const& kind) {
    return (cluster == "default" ? "daskd" : "daskd@" + cluster) + kind;
}

fs::path home_of(environment_lookup const& env) {
    return env("HOME").value_or("/");
}

/// Where systemd looks for user units, of those places that people install into (systemd.unit(5)).
std::vector<fs::path> unit_path(environment_lookup const& env) {
    auto const data = env("XDG_DATA_HOME");
    return {user_unit_dir(env), "/etc/systemd/user",
            (data ? fs::path(*data) : home_of(env) / ".local/share") / "systemd/user",
            "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"};
}

/// One line `Environment=`, with what systemd reads otherwise escaped.
std::string environment_line(std::string const& name, std::string const& value) {
    std::string line = "Environment=\"" + name + "=";
    for (char const c : value) {
        if (c == '"' || c == '\\') line += '\\';
        if (c == '%') line += '%';
        line += c;
    }
    return line + "\"\n";
}

std::string read_text(fs::path const& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string own_name() {
    auto const* account = ::getpwuid(::getuid()); // NOLINT(concurrency-mt-unsafe): one thread
    return account == nullptr ? std::to_string(::getuid()) : account->pw_name;
}

/// Whether the unit's daskd would use the directories that these variables name.
bool agrees_on_directories(environment_lookup const& env, std::string const& cluster) {
    auto const text = read_text(environment_file(env, cluster));
    return std::ranges::all_of(std::array{"DASKD_RUNTIME_DIR", "DASKD_STATE_DIR"}, [&](auto const* name) {
        auto const value = env(name);
        if (value) return text.find(environment_line(name, *value)) != std::string::npos;
        return text.find(std::string("\"") + name + "=") == std::string::npos;
    });
}

} // namespace

std::string service_of(std::string const& cluster) {
    return unit_of(cluster, ".service");
}

std::string socket_of(std::string const& cluster) {
    return unit_of(cluster, ".socket");
}

fs::path user_unit_dir(environment_lookup const& env) {
    auto const config = env("XDG_CONFIG_HOME");
    return (config ? fs::path(*config) : home_of(env) / ".config") / "systemd/user";
}

fs::path environment_file(environment_lookup const& env, std::string const& cluster) {
    return user_unit_dir(env) / (service_of(cluster) + ".d") / "environment.conf";
}

std::string environment_text(std::map<std::string, std::string> const& variables) {
    std::string text = "# Written by daskctl daemon install.\n[Service]\n";
    for (auto const& [name, value] : variables)
        if (value.find('\n') == std::string::npos) text += environment_line(name, value);
    return text;
}

bool lingers() {
    std::error_code ec;
    return fs::exists(fs::path("/var/lib/systemd/linger") / own_name(), ec);
}

std::string linger_command() {
    return "loginctl enable-linger " + own_name();
}

std::optional<std::string> managing_unit(environment_lookup const& env, std::string const& cluster) {
    std::error_code ec;
    auto const runtime = env("XDG_RUNTIME_DIR");
    if (!runtime || !fs::exists(fs::path(*runtime) / "systemd/private", ec)) return std::nullopt;
    auto const file = cluster == "default" ? "daskd.service" : "daskd@.service";
    bool const is_installed =
        std::ranges::any_of(unit_path(env), [&](fs::path const& dir) { return fs::exists(dir / file, ec); });
    if (!is_installed || !agrees_on_directories(env, cluster)) return std::nullopt;
    return service_of(cluster);
}

} // namespace daskd::ctl
