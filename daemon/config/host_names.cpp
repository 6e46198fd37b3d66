#include "daemon/config/host_names.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace daskd::config {
namespace {

error wrong(std::string text) {
    return {errc::bad_configuration, std::move(text), ""};
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    auto const* end = text.data() + text.size();
    auto const [stop, failure] = std::from_chars(text.data(), end, value);
    if (text.empty() || failure != std::errc{} || stop != end || value < 0 || text.front() == '-')
        return std::nullopt;
    return value;
}

/// No leading '-': it would be an option to whatever takes the name.
bool is_word(std::string_view text, std::string_view further) {
    return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [&](unsigned char c) {
        return std::isalnum(c) != 0 || further.find(static_cast<char>(c)) != std::string_view::npos;
    });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        auto const end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// "7", or "01-16": all of them with the width that they are written in.
result<void> expand_part(std::string_view part, std::vector<std::string>& to) {
    auto const dash = part.find('-');
    auto const first_text = part.substr(0, dash);
    auto const last_text = dash == std::string_view::npos ? first_text : part.substr(dash + 1);
    auto const first = number(first_text);
    auto const last = number(last_text);
    if (!first || !last) return wrong("'" + std::string(part) + "' is no range such as 1-16");
    if (*first > *last) return wrong("the range '" + std::string(part) + "' is empty");
    if (static_cast<std::size_t>(*last - *first) >= most_hosts)
        return wrong("more than " + std::to_string(most_hosts) + " hosts");
    bool const is_padded = first_text.size() > 1 && first_text.front() == '0';
    if (is_padded && last_text.size() != first_text.size())
        return wrong("'" + std::string(part) + "': both ends need the same number of digits");
    for (int n = *first; n <= *last; ++n) {
        auto text = std::to_string(n);
        if (is_padded) text.insert(0, first_text.size() - std::min(text.size(), first_text.size()), '0');
        to.push_back(std::move(text));
    }
    return {};
}

/// All ranges, the first varying slowest.
result<std::vector<std::string>> expand(std::string_view text) {
    auto const begin = text.find('[');
    if (begin == std::string_view::npos) {
        if (text.find(']') != std::string_view::npos) return wrong("']' without '['");
        return std::vector<std::string>{std::string(text)};
    }
    auto const end = text.find(']', begin);
    if (end == std::string_view::npos) return wrong("'[' without ']'");
    std::vector<std::string> numbers;
    for (auto const part : split(text.substr(begin + 1, end - begin - 1), ','))
        if (auto read = expand_part(part, numbers); !read) return read.error();
    auto const rests = expand(text.substr(end + 1));
    if (!rests) return rests.error();
    if (numbers.size() * rests->size() > most_hosts)
        return wrong("more than " + std::to_string(most_hosts) + " hosts");
    std::vector<std::string> all;
    for (auto const& n : numbers)
        for (auto const& rest : *rests)
            all.push_back(std::string(text.substr(0, begin)) + n + rest);
    return all;
}

result<void> read_port(std::string_view text, host_address& host) {
    auto const port = number(text);
    if (!port || *port < 1 || *port > 65535) return wrong("'" + std::string(text) + "' is no port");
    host.port = port;
    return {};
}

bool is_ipv6(std::string_view text) {
    return text.find(':') != std::string_view::npos && text.find_first_of("-_") == std::string_view::npos &&
           (is_word(text, ":.%") || text.starts_with(':'));
}

/// "2001:db8::1]:22", what follows the '['.
result<std::vector<host_address>> parse_ipv6(std::string_view text, host_address host) {
    auto const end = text.find(']');
    if (end == std::string_view::npos) return wrong("'[' without ']'");
    host.name = text.substr(0, end);
    auto const rest = text.substr(end + 1);
    if (!is_ipv6(host.name) || (!rest.empty() && rest.front() != ':'))
        return wrong("an IPv6 address is written as [2001:db8::1] or [2001:db8::1]:22");
    if (!rest.empty())
        if (auto read = read_port(rest.substr(1), host); !read) return read.error();
    return std::vector<host_address>{std::move(host)};
}

} // namespace

result<std::vector<host_address>> parse_hosts(std::string_view entry) {
    host_address common;
    if (auto const at = entry.rfind('@'); at != std::string_view::npos) {
        common.user = entry.substr(0, at);
        if (!is_word(*common.user, "._-@+")) return wrong("'" + *common.user + "' is no name of a user");
        entry.remove_prefix(at + 1);
    }
    if (entry.starts_with('[') && entry.substr(0, entry.find(']')).find(':') != std::string_view::npos)
        return parse_ipv6(entry.substr(1), std::move(common));
    if (std::ranges::count(entry, ':') > 1) return wrong("an IPv6 address needs brackets: [2001:db8::1]");
    if (auto const colon = entry.find(':'); colon != std::string_view::npos) {
        if (auto read = read_port(entry.substr(colon + 1), common); !read) return read.error();
        entry = entry.substr(0, colon);
    }
    auto const names = expand(entry);
    if (!names) return names.error();
    std::vector<host_address> hosts;
    for (auto const& name : *names) {
        if (!is_word(name, "._-")) return wrong("'" + name + "' is no name of a host");
        hosts.push_back(common);
        hosts.back().name = name;
    }
    return hosts;
}

std::string to_string(host_address const& host) {
    bool const is_ipv6_address = host.name.find(':') != std::string::npos;
    return (host.user ? *host.user + "@" : "") + (is_ipv6_address ? "[" + host.name + "]" : host.name) +
           (host.port ? ":" + std::to_string(*host.port) : "");
}

} // namespace daskd::config
