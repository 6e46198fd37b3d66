#include "daemon/ssh/wire_format.hpp"

#include <openssl/evp.h>

#include <array>

namespace daskd::ssh {
namespace {

constexpr auto base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

void put_u32(std::string& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        to += static_cast<char>(value >> shift & 0xff);
}

void put_string(std::string& to, std::string_view value) {
    put_u32(to, static_cast<std::uint32_t>(value.size()));
    to += value;
}

std::optional<std::uint32_t> take_u32(std::string_view& bytes) {
    if (bytes.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    bytes.remove_prefix(4);
    return value;
}

std::optional<std::string_view> take_string(std::string_view& bytes) {
    auto rest = bytes;
    auto const length = take_u32(rest);
    if (!length || *length > rest.size()) return std::nullopt;
    auto const value = rest.substr(0, *length);
    bytes = rest.substr(*length);
    return value;
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.empty() || text.size() % 4 != 0 || text.size() > 1 << 20) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text[text.size() - 1 - padding] == '=')
        ++padding;
    // OpenSSL would pass over white space, and take more padding for zeros.
    if (text.find_first_not_of(base64_digits) < text.size() - padding) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    auto const n =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    if (n < 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(n) - padding);
    return bytes;
}

std::string encode_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    auto const n =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<unsigned char const*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(n));
    return text;
}

std::string key_type(std::string_view blob) {
    auto const type = take_string(blob);
    return type ? std::string(*type) : "";
}

std::string fingerprint(std::string_view blob) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(blob.data(), blob.size(), digest.data(), &length, EVP_sha256(), nullptr);
    auto text = encode_base64({reinterpret_cast<char const*>(digest.data()), length});
    while (text.ends_with('='))
        text.pop_back();
    return "SHA256:" + text;
}

} // namespace daskd::ssh
