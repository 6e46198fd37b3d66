#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daskd::ssh {

/// How SSH writes values (RFC 4251, section 5). Pure.

void put_u32(std::string& to, std::uint32_t value);
/// Length and bytes.
void put_string(std::string& to, std::string_view value);

/// Takes values off the front of `bytes`; nullopt, and nothing taken, if it ends before.
[[nodiscard]] std::optional<std::uint32_t> take_u32(std::string_view& bytes);
[[nodiscard]] std::optional<std::string_view> take_string(std::string_view& bytes);

/// Standard base64 with padding; nullopt if it is none.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);
[[nodiscard]] std::string encode_base64(std::string_view bytes);

/// The type that a public key's blob names: "ssh-ed25519". Empty if it is no blob.
[[nodiscard]] std::string key_type(std::string_view blob);
/// As ssh-keygen prints it: "SHA256:…".
[[nodiscard]] std::string fingerprint(std::string_view blob);

} // namespace daskd::ssh
