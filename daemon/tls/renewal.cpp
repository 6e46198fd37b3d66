#include "daemon/tls/renewal.hpp"

#include <algorithm>

namespace daskd::tls {
namespace {

bool lasts(std::optional<facts> const& certificate, std::chrono::days margin, time now) {
    return certificate && certificate->until - now >= margin;
}

bool covers(names const& has, names const& wanted) {
    return std::ranges::all_of(wanted,
                               [&](auto const& name) { return std::ranges::find(has, name) != has.end(); });
}

} // namespace

renewal what_to_renew(found_files const& found, names const& wanted, time now) {
    renewal r;
    r.ca_key = !found.ca.has_key;
    r.ca = r.ca_key || !lasts(found.ca.certificate, ca_margin, now);
    r.cluster = r.ca_key || !lasts(found.cluster.certificate, certificate_margin, now) ||
                !covers(found.cluster.certificate->valid_for, wanted);
    r.client = r.ca_key || !lasts(found.client.certificate, certificate_margin, now);
    return r;
}

} // namespace daskd::tls
