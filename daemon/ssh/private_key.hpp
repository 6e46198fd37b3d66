#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace daskd::ssh {

/// What can be seen of a private key's file without its passphrase.
struct private_key_facts {
    bool is_encrypted = false;
    std::string public_blob; ///< as on the wire; empty if the format does not show it
};

/// nullopt if the text is no private key.
[[nodiscard]] std::optional<private_key_facts> read_private_key(std::string_view text);

/// The blob of a public key's file ("ssh-ed25519 AAAA… comment"); empty if it is none.
[[nodiscard]] std::string read_public_key(std::string_view text);

} // namespace daskd::ssh
