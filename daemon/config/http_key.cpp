#include "daemon/config/http_key.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <sys/un.h>

namespace daskd::config {
namespace {

constexpr char const* address_forms = "ADDRESS:PORT such as 127.0.0.1:9100, or the absolute path of a socket";
constexpr int max_port = 65535;

bool is_address(std::string const& text) {
    in6_addr unused{};
    return ::inet_pton(AF_INET, text.c_str(), &unused) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), &unused) == 1;
}

/// "[::1]" → "::1"; an IPv6 address without brackets is none.
std::string without_brackets(std::string const& host) {
    if (host == "localhost") return "127.0.0.1";
    bool const is_bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    bool const has_colon = host.find(':') != std::string::npos;
    if (is_bracketed) return host.substr(1, host.size() - 2);
    return has_colon ? "" : host;
}

std::optional<listen_address> parse(std::string const& text) {
    auto const colon = text.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    listen_address where;
    where.address = without_brackets(text.substr(0, colon));
    auto const [end, failure] =
        std::from_chars(text.data() + colon + 1, text.data() + text.size(), where.port);
    bool const is_port = failure == std::errc() && end == text.data() + text.size() && where.port >= 1 &&
                         where.port <= max_port;
    if (!is_port || !is_address(where.address)) return std::nullopt;
    return where;
}

std::optional<listen_address> read_address(node const& value, reading const& at) {
    auto const& text = value.text;
    if (value.is != node::kind::scalar || value.is_null() || text.find('\0') != std::string::npos) {
        at.mismatch(value, address_forms);
        return std::nullopt;
    }
    if (text.starts_with('/')) {
        if (text.size() < sizeof(sockaddr_un::sun_path)) return listen_address{"", 0, text};
        at.fail(value.at, "a socket's path has at most " + std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                              " bytes, and this one has " + std::to_string(text.size()));
        return std::nullopt;
    }
    auto const where = parse(text);
    if (!where) at.mismatch(value, address_forms);
    return where;
}

} // namespace

codec<listen_address> http_address() {
    return {read_address, [](listen_address const& where) { return ordered_json(to_string(where)); }};
}

std::string to_string(listen_address const& where) {
    if (!where.socket.empty()) return where.socket;
    bool const is_v6 = where.address.find(':') != std::string::npos;
    return (is_v6 ? "[" + where.address + "]" : where.address) + ":" + std::to_string(where.port);
}

} // namespace daskd::config
