#include "daemon/config/tls_key.hpp"

namespace daskd::config {
namespace {

using mode = tls_setting::mode;

table<given_tls> const& file_keys() {
    auto const path = [] { return text("the path of a PEM file"); };
    static table<given_tls> const keys{
        setting("ca_file", &given_tls::ca_file, path(), "", "whose certificates are trusted"),
        setting("cert", &given_tls::cert, path(), "", "the certificate of scheduler, workers and clients"),
        setting("key", &given_tls::key, path(), "", "its private key"),
    };
    return keys;
}

std::optional<tls_setting> read_tls(node const& value, reading const& at) {
    static auto const files = all_of(file_keys());
    if (value.value == "auto") return tls_setting{mode::automatic, {}};
    if (value.value == true || value.value == "on") return tls_setting{mode::on, {}};
    if (value.value == false || value.value == "off") return tls_setting{mode::off, {}};
    if (value.is != node::kind::map) {
        at.mismatch(value, "auto, on, off or {ca_file, cert, key}");
        return std::nullopt;
    }
    auto given = files.read(value, at);
    if (!given) return std::nullopt;
    return tls_setting{mode::files, *std::move(given)};
}

ordered_json write_tls(tls_setting const& setting) {
    switch (setting.is) {
    case mode::automatic: return "auto";
    case mode::on: return true;
    case mode::off: return false;
    case mode::files: return all_of(file_keys()).write(setting.given);
    }
    return nullptr;
}

} // namespace

codec<tls_setting> tls() {
    return {read_tls, write_tls,
            any_of({{"enum", {"auto", "on", "off", true, false}}}, all_of(file_keys()).schema)};
}

} // namespace daskd::config
