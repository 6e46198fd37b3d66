#include "daemon/config/worker_args.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace daskd::config {
namespace {

constexpr int highest_port = 65535;

std::optional<int> as_port(std::string_view text) {
    int port = -1;
    auto const* end = text.data() + text.size();
    auto const [stop, failure] = std::from_chars(text.data(), end, port);
    if (failure != std::errc{} || stop != end || port < 0 || port > highest_port) return std::nullopt;
    return port;
}

/// "9000" or "9000:9010".
std::optional<port_range> as_range(std::string_view text) {
    auto const colon = text.find(':');
    auto const first = as_port(text.substr(0, colon));
    auto const last = colon == std::string_view::npos ? first : as_port(text.substr(colon + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    return port_range{*first, *last};
}

/// The port at the end of "tcp://0.0.0.0:9000".
std::optional<int> port_of_address(std::string_view address) {
    auto const scheme = address.find("://");
    auto const colon = address.rfind(':');
    if (scheme == std::string_view::npos || colon == scheme) return std::nullopt;
    return as_port(address.substr(colon + 1));
}

/// Options that are daskd's own to give, and the key to use instead.
constexpr std::array<std::pair<char const*, char const*>, 8> taken{{
    {"--name", "use `names`"},
    {"--nworkers", "use `workers`"},
    {"--nprocs", "use `workers`"},
    {"--nthreads", "use `threads`"},
    {"--memory-limit", "use `memory`"},
    {"--nanny", "leave it out: daskd does what a nanny does"},
    {"--nanny-port", "leave it out: daskd does what a nanny does"},
    {"--scheduler-file", "leave it out: daskd knows its scheduler"},
}};

/// What follows belongs to a preload.
constexpr auto end_of_options = "--";

bool assigns(std::string const& word, std::string_view name) {
    return word.starts_with(name) && word.size() > name.size() && word[name.size()] == '=';
}

bool has(std::vector<std::string> const& args, std::string_view name) {
    auto const end = std::ranges::find(args, end_of_options);
    return std::any_of(args.begin(), end,
                       [&](auto const& word) { return word == name || assigns(word, name); });
}

} // namespace

std::optional<std::string> option_in(std::vector<std::string> const& args, std::string_view name) {
    std::optional<std::string> value;
    for (std::size_t i = 0; i < args.size() && args[i] != end_of_options; ++i) {
        auto const& word = args[i];
        if (word == name && i + 1 < args.size())
            value = args[++i];
        else if (assigns(word, name))
            value = word.substr(name.size() + 1);
    }
    return value;
}

std::optional<port_range> worker_ports(std::vector<std::string> const& args) {
    std::optional<port_range> ports;
    if (auto const range = option_in(args, "--worker-port")) ports = as_range(*range);
    if (auto const address = option_in(args, "--listen-address"))
        if (auto const port = port_of_address(*address)) ports = port_range{*port, *port};
    if (ports && ports->first == 0) return std::nullopt; // any free one
    return ports;
}

bool chooses_address(pool_settings const& pool) {
    return pool.interface || has(pool.args, "--interface") || has(pool.args, "--host") ||
           has(pool.args, "--listen-address");
}

std::vector<std::string> complaints_about_args(pool_settings const& pool) {
    std::vector<std::string> all;
    auto const& args = pool.args;
    for (auto const& [option, remedy] : taken)
        if (has(args, option)) all.push_back(std::string(option) + " is daskd's to give: " + remedy);

    auto const listen = option_in(args, "--listen-address");
    auto const contact = option_in(args, "--contact-address");
    auto const port = option_in(args, "--worker-port");
    bool const has_interface = pool.interface || has(args, "--interface");
    for (auto const& [option, address] :
         {std::pair("--listen-address", listen), std::pair("--contact-address", contact)})
        if (address && !port_of_address(*address))
            all.push_back(std::string(option) + " must be like tcp://0.0.0.0:9000, not '" + *address + "'");
    if (port && !as_range(*port))
        all.push_back("--worker-port must be a port or a range such as 9000:9010, not '" + *port + "'");
    if (contact && !listen)
        all.emplace_back(
            "--contact-address needs --listen-address: add the address that the worker itself binds, "
            "such as tcp://0.0.0.0:9000");
    if (listen && port)
        all.emplace_back("--listen-address excludes --worker-port: write the port into the address");
    if (listen && has(args, "--host"))
        all.emplace_back("--listen-address excludes --host: write the host into the address");
    if (listen && has_interface)
        all.emplace_back("--listen-address excludes the interface: write that interface's address into it");
    if (has_interface && has(args, "--host"))
        all.emplace_back("the interface and --host exclude each other: leave one out");

    int const names = static_cast<int>(pool.names.size());
    if (auto const shortage = port_shortage(args, pool.workers.value_or(names))) all.push_back(*shortage);
    return all;
}

std::optional<std::string> complaint_about_scheduler_arg(std::string const& word) {
    if (word.find('\0') != std::string::npos) return "must not contain a NUL character";
    for (auto const& [option, remedy] : {std::pair("--host", "use `host`"), std::pair("--port", "use `port`"),
                                         std::pair("--interface", "use `host` with its address")})
        if (word == option || assigns(word, option))
            return std::string(option) + " is daskd's to give: " + remedy;
    return std::nullopt;
}

std::optional<std::string> port_shortage(std::vector<std::string> const& args, int workers) {
    auto const ports = worker_ports(args);
    if (!ports || workers <= ports->count()) return std::nullopt;
    auto const needed = std::to_string(ports->first) + ":" + std::to_string(ports->first + workers - 1);
    auto const have = ports->count() == 1 ? "one port" : std::to_string(ports->count()) + " ports";
    return "only " + have + " for " + std::to_string(workers) + " workers: use --worker-port " + needed;
}

std::optional<std::string> other_protocol(std::vector<std::string> const& args, std::string const& protocol) {
    std::string const other = protocol == "tls" ? "tcp://" : "tls://";
    for (auto const* option : {"--listen-address", "--contact-address"})
        if (auto const address = option_in(args, option); address && address->starts_with(other))
            return std::string(protocol == "tls" ? "TLS is on: " : "TLS is off: ") + option +
                   " must begin with " + protocol + "://";
    return std::nullopt;
}

} // namespace daskd::config
