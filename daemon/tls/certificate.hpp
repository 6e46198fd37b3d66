#pragma once

#include "common/error.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace daskd::tls {

/// Keys and certificates as PEM texts; OpenSSL does the work. Nothing here touches a file.

using time = std::chrono::sys_seconds;

/// "DNS:node1" or "IP:192.0.2.1", as in a certificate's list of names.
using names = std::vector<std::string>;

/// What is to be certified.
struct request {
    std::string common_name;
    names valid_for; ///< none: a client's
    time from;
    time until;
};

/// A new private key (EC P-256).
[[nodiscard]] result<std::string> make_key();

/// A certificate with which `key` signs others. The same key may be given another one later: whoever trusts
/// either accepts what it signs.
[[nodiscard]] result<std::string> make_ca(std::string const& key, request const& what);

/// A certificate for `key`, signed by the CA: for both ends of a connection, or, without names, for a client.
[[nodiscard]] result<std::string> issue(std::string const& ca, std::string const& ca_key,
                                        std::string const& key, request const& what);

/// What a certificate says.
struct facts {
    time until;
    names valid_for; ///< sorted
    std::string key_id;
};
/// Nothing if it is none.
[[nodiscard]] std::optional<facts> read_certificate(std::string const& certificate);

[[nodiscard]] bool is_key(std::string const& key);
/// Whether the certificate is of this key.
[[nodiscard]] bool belongs(std::string const& certificate, std::string const& key);

enum class strictness {
    usual,
    rfc_5280, ///< as Python since 3.13
};

/// Why `certificate` is not good at `now` for whoever trusts `ca` (one or more certificates); nothing if it
/// is. Further certificates after the first are the chain between.
[[nodiscard]] std::optional<std::string> distrust(std::string const& certificate, std::string const& ca,
                                                  time now, strictness how);

/// A name for these contents, that tells nothing of them.
[[nodiscard]] std::string fingerprint(std::string const& contents);

} // namespace daskd::tls
