#include "daemon/ssh/private_key.hpp"

#include "daemon/ssh/wire_format.hpp"

#include <algorithm>
#include <cctype>

namespace daskd::ssh {
namespace {

constexpr std::string_view openssh_begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view openssh_end = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view openssh_magic{"openssh-key-v1\0", 15};

/// OpenSSH's own format: magic, cipher, its parameters, number of keys, public key, then the secret.
std::optional<private_key_facts> read_openssh(std::string_view text) {
    auto const end = text.find(openssh_end);
    if (end == std::string_view::npos) return std::nullopt;
    std::string base64(text.substr(0, end));
    std::erase_if(base64, [](unsigned char c) { return std::isspace(c); });
    auto const bytes = decode_base64(base64);
    if (!bytes || !bytes->starts_with(openssh_magic)) return std::nullopt;
    auto rest = std::string_view(*bytes).substr(openssh_magic.size());
    auto const cipher = take_string(rest);
    auto const derivation = take_string(rest);
    auto const parameters = take_string(rest);
    auto const count = take_u32(rest);
    auto const blob = take_string(rest);
    if (!cipher || !derivation || !parameters || !count || !blob) return std::nullopt;
    return private_key_facts{*cipher != "none", std::string(*blob)};
}

} // namespace

std::optional<private_key_facts> read_private_key(std::string_view text) {
    if (auto const begin = text.find(openssh_begin); begin != std::string_view::npos)
        return read_openssh(text.substr(begin + openssh_begin.size()));
    if (text.find("PRIVATE KEY-----") == std::string_view::npos) return std::nullopt;
    bool const is_encrypted = text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
                              text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
    return private_key_facts{is_encrypted, {}};
}

std::string read_public_key(std::string_view text) {
    auto const begin = text.find(' ');
    if (begin == std::string_view::npos) return {};
    auto const word = text.substr(begin + 1, text.find_first_of(" \t\r\n", begin + 1) - begin - 1);
    auto blob = decode_base64(word);
    return blob && key_type(*blob) == text.substr(0, begin) ? *blob : "";
}

} // namespace daskd::ssh
