#include "daemon/ssh/ssh_config.hpp"

#include "common/paths.hpp"
#include "daemon/ssh/ssh_config_file.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <glob.h>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

namespace daskd::ssh {
namespace {

constexpr std::size_t max_hosts = 8;

std::optional<std::uint16_t> parse_port(std::string_view text) {
    unsigned value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size() || value < 1 || value > 65535)
        return std::nullopt;
    return static_cast<std::uint16_t>(value);
}

using tokens = std::map<char, std::string>;

/// Replaces %h and its like, ${VARIABLE} and a leading ~.
std::string expand(std::string const& text, tokens const& values, config_world const& world) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 1 < text.size()) {
            auto const found = values.find(text[++i]);
            out += found == values.end() ? std::string{'%', text[i]} : found->second;
        } else if (text.compare(i, 2, "${") == 0 && text.find('}', i) != std::string::npos) {
            auto const end = text.find('}', i);
            out += world.variable(text.substr(i + 2, end - i - 2)).value_or("");
            i = end;
        } else {
            out += text[i];
        }
    }
    if (out == "~" || out.starts_with("~/")) out.replace(0, 1, world.home.string());
    return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto const end = text.find(separator);
        if (end != 0) parts.emplace_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return parts;
}

/// One host, and the hosts that its ProxyJump names.
struct one_host {
    host_settings settings;
    std::vector<std::string> jumps;
    std::vector<std::string> notes;
};

std::filesystem::path agent_socket(std::optional<std::string> const& wanted, tokens const& values,
                                   config_world const& world) {
    if (!wanted || *wanted == "SSH_AUTH_SOCK") return world.variable("SSH_AUTH_SOCK").value_or("");
    if (*wanted == "none") return {};
    if (wanted->starts_with('$') && !wanted->starts_with("${"))
        return world.variable(wanted->substr(1)).value_or("");
    return expand(*wanted, values, world);
}

result<one_host> resolve_one(destination const& to, config_world const& world) {
    auto found = read_config(to, world);
    if (!found) return found.error();
    auto const value = [&](std::string const& keyword) -> std::optional<std::string> {
        auto const it = found->first.find(keyword);
        return it == found->first.end() ? std::nullopt : std::optional(it->second);
    };

    one_host host;
    host.notes = std::move(found->notes);
    auto& s = host.settings;
    s.name = to.host;
    s.host_name = expand(value("hostname").value_or("%h"), {{'h', to.host}, {'%', "%"}}, world);
    s.user = to.user ? *to.user : value("user").value_or(world.user);
    auto const port = parse_port(value("port").value_or("22"));
    if (!port)
        return error{errc::bad_configuration,
                     "Port " + *value("port") + " of host " + to.host + " in ssh_config",
                     "a port is a number from 1 to 65535: correct it in ~/.ssh/config"};
    s.port = to.port.value_or(*port);

    tokens const values{{'%', "%"},     {'d', world.home.string()},    {'h', s.host_name}, {'i', world.uid},
                        {'n', to.host}, {'p', std::to_string(s.port)}, {'r', s.user},      {'u', world.user}};
    s.has_identity_files = !found->identity_files.empty();
    for (auto const& file : found->identity_files)
        if (file != "none") s.identity_files.emplace_back(expand(file, values, world));
    if (!s.has_identity_files)
        for (auto const* name : {"id_rsa", "id_ecdsa", "id_ed25519"})
            s.identity_files.push_back(world.home / ".ssh" / name);
    s.identities_only = value("identitiesonly") == "yes";
    s.agent_socket = agent_socket(value("identityagent"), values, world);
    auto const user_files = value("userknownhostsfile").value_or("~/.ssh/known_hosts ~/.ssh/known_hosts2");
    auto const global_files =
        value("globalknownhostsfile").value_or("/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2");
    for (auto const& file : split(user_files + " " + global_files, ' '))
        if (file != "none") s.known_hosts_files.emplace_back(expand(file, values, world));
    s.host_key_alias = value("hostkeyalias").value_or("");

    auto const jumps = value("proxyjump").value_or("none");
    if (jumps != "none") host.jumps = split(jumps, ',');
    return host;
}

} // namespace

config_world this_machine() {
    config_world world;
    world.variable = process_environment();
    auto const* const me = ::getpwuid(::getuid());
    // As OpenSSH does: the password database, not $HOME.
    world.home = me ? me->pw_dir : world.variable("HOME").value_or("/");
    world.user = me ? me->pw_name : std::to_string(::getuid());
    world.uid = std::to_string(::getuid());
    world.read = [](std::filesystem::path const& path) -> std::optional<std::string> {
        std::ifstream file(path);
        if (!file) return std::nullopt;
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    };
    world.glob = [](std::filesystem::path const& pattern) {
        std::vector<std::filesystem::path> paths;
        glob_t found{};
        if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
            paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
        ::globfree(&found);
        return paths;
    };
    world.files = {world.home / ".ssh/config", "/etc/ssh/ssh_config"};
    return world;
}

result<destination> parse_destination(std::string_view text) {
    auto const wrong = [whole = std::string(text)] {
        return error{errc::usage, "'" + whole + "' is no host", "write HOST, USER@HOST or USER@HOST:PORT"};
    };
    destination to;
    if (text.starts_with("ssh://")) {
        text.remove_prefix(6);
        if (text.ends_with('/')) text.remove_suffix(1);
    }
    if (auto const at = text.rfind('@'); at != std::string_view::npos) {
        to.user = std::string(text.substr(0, at));
        text.remove_prefix(at + 1);
        if (to.user->empty()) return wrong();
    }
    auto const bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    // More than one colon without brackets: an IPv6 address.
    auto const colon = bracket != std::string_view::npos   ? text.find(':', bracket)
                       : text.find(':') == text.rfind(':') ? text.find(':')
                                                           : std::string_view::npos;
    if (colon != std::string_view::npos) {
        to.port = parse_port(text.substr(colon + 1));
        if (!to.port) return wrong();
        text = text.substr(0, colon);
    }
    if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
    // A leading '-' would be an option to commands that we tell people to run.
    if (text.empty() || text.starts_with('-') || text.find_first_of(" \t\n/") != std::string_view::npos)
        return wrong();
    to.host = std::string(text);
    return to;
}

result<resolved_route> resolve_route(destination const& to, config_world const& world) {
    resolved_route found;
    // From the last host to the first: what a host's ProxyJump names comes before it. Between hosts that were
    // named together nothing is added, and only the first of them may have jumps of its own.
    std::vector<destination> before{to};
    while (!before.empty()) {
        if (found.hosts.size() >= max_hosts)
            return error{errc::bad_configuration,
                         "ProxyJump of host " + to.host + " goes through more than " +
                             std::to_string(max_hosts) + " hosts, or in a circle",
                         "correct ProxyJump in ~/.ssh/config"};
        auto host = resolve_one(before.back(), world);
        if (!host) return host.error();
        before.pop_back();
        found.hosts.insert(found.hosts.begin(), std::move(host->settings));
        for (auto& note : host->notes)
            if (std::ranges::find(found.notes, note) == found.notes.end())
                found.notes.push_back(std::move(note));
        if (!before.empty()) continue;
        for (auto const& jump : host->jumps) {
            auto parsed = parse_destination(jump);
            if (!parsed)
                return error{errc::bad_configuration, "ProxyJump: " + parsed.error().what,
                             parsed.error().hint};
            before.push_back(std::move(*parsed));
        }
    }
    return found;
}

std::string describe(host_settings const& host) {
    auto text = host.user + "@" + host.name;
    if (host.host_name != host.name || host.port != 22) {
        text += " (" + host.host_name;
        if (host.port != 22) text += " port " + std::to_string(host.port);
        text += ")";
    }
    return text;
}

} // namespace daskd::ssh
