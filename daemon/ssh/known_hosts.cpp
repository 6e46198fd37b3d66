#include "daemon/ssh/known_hosts.hpp"

#include "daemon/ssh/host_pattern.hpp"
#include "daemon/ssh/wire_format.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace daskd::ssh {
namespace {

constexpr std::string_view white = " \t\r";

/// The next word of a line; empty at its end.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(white), line.size()));
    auto const word = line.substr(0, line.find_first_of(white));
    line.remove_prefix(word.size());
    return word;
}

/// Whether "|1|SALT|HASH" stands for `name`: HASH is the HMAC-SHA1 of the name.
bool hash_matches(std::string_view hashed, std::string const& name) {
    hashed.remove_prefix(3);
    auto const bar = hashed.find('|');
    if (bar == std::string_view::npos) return false;
    auto const salt = decode_base64(hashed.substr(0, bar));
    auto const hash = decode_base64(hashed.substr(bar + 1));
    if (!salt || !hash) return false;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    HMAC(EVP_sha1(), salt->data(), static_cast<int>(salt->size()),
         reinterpret_cast<unsigned char const*>(name.data()), name.size(), digest.data(), &length);
    return *hash == std::string_view(reinterpret_cast<char const*>(digest.data()), length);
}

} // namespace

std::string known_hosts::name_of(std::string const& host, std::uint16_t port) {
    auto name = host;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    return port == 22 ? name : "[" + name + "]:" + std::to_string(port);
}

bool known_hosts::line::is_for(std::string const& name) const {
    return hosts.starts_with("|1|") ? hash_matches(hosts, name) : pattern_list_matches(hosts, ",", name);
}

void known_hosts::add(std::filesystem::path const& file, std::string_view text) {
    for (int number = 1; !text.empty(); ++number) {
        auto const end = text.find('\n');
        auto rest = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);

        line l{file, file.string() + ":" + std::to_string(number), {}, {}, {}};
        auto word = take_word(rest);
        if (word.empty() || word.starts_with('#')) continue;
        if (word == "@cert-authority") {
            notes_.push_back(l.place + ": @cert-authority is not supported; add the host's own key");
            continue;
        }
        l.is_revoked = word == "@revoked";
        if (l.is_revoked) word = take_word(rest);
        l.hosts = std::string(word);
        l.type = std::string(take_word(rest));
        auto key = decode_base64(take_word(rest));
        if (!key || key_type(*key) != l.type) {
            notes_.push_back(l.place + ": no host key can be read here");
            continue;
        }
        l.key = std::move(*key);
        lines_.push_back(std::move(l));
    }
}

known_hosts::finding known_hosts::check(std::string const& host, std::uint16_t port,
                                        std::string_view key) const {
    auto const name = name_of(host, port);
    auto const type = key_type(key);
    finding found{verdict::unknown, {}, {}, types(host, port)};
    for (auto const& l : lines_) {
        bool const is_same = l.key == key;
        // A revoked key is bad wherever it is revoked for this host, even if a line above trusts it.
        if (!l.is_for(name)) continue;
        if (l.is_revoked) {
            if (is_same) return {verdict::revoked, l.place, l.file, found.types};
        } else if (is_same) {
            found = {verdict::known, l.place, l.file, found.types};
        } else if (l.type == type && found.what == verdict::unknown) {
            found = {verdict::changed, l.place, l.file, found.types};
        }
    }
    return found;
}

std::vector<std::string> known_hosts::types(std::string const& host, std::uint16_t port) const {
    auto const name = name_of(host, port);
    std::vector<std::string> types;
    for (auto const& l : lines_)
        if (!l.is_revoked && std::ranges::find(types, l.type) == types.end() && l.is_for(name))
            types.push_back(l.type);
    return types;
}

} // namespace daskd::ssh
