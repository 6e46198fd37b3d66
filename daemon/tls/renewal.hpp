#pragma once

#include "daemon/tls/certificate.hpp"

#include <chrono>
#include <optional>

namespace daskd::tls {

/// What of the files must be made anew. Pure.
///
/// The CA's key stays for good, so that what was signed before and what is signed later are accepted by all:
/// a certificate that is renewed ends no connection and needs no restart. Certificates of processes last two
/// years and are renewed within their last: a cluster may run for a year without any start. Nothing outlasts
/// the CA.

inline constexpr std::chrono::days ca_lasts{3650};
inline constexpr std::chrono::days ca_margin{1095};
inline constexpr std::chrono::days certificate_lasts{730};
inline constexpr std::chrono::days certificate_margin{365};

/// A certificate with its key, as found. The empty optional: not there, or not usable.
struct found_pair {
    bool has_key = false;
    std::optional<facts> certificate; ///< of this key, and trusted through the CA
};

struct found_files {
    found_pair ca;
    found_pair cluster; ///< scheduler and workers
    found_pair client;
};

struct renewal {
    bool ca_key = false;
    bool ca = false;
    bool cluster = false;
    bool client = false;

    bool operator==(renewal const&) const = default;
};

/// `wanted`: names that scheduler and workers may be reached by now.
[[nodiscard]] renewal what_to_renew(found_files const& found, names const& wanted, time now);

} // namespace daskd::tls
