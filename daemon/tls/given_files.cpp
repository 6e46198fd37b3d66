#include "daemon/tls/given_files.hpp"

#include "daemon/state/durable_file.hpp"

namespace daskd::tls {
namespace {

/// Empty after having complained.
std::string read(std::string const& key, std::string const& path, std::vector<complaint>& wrong) {
    auto const fail = [&](std::string text) {
        wrong.push_back({key, std::move(text)});
        return std::string();
    };
    if (!path.starts_with('/')) return fail("'" + path + "' must begin with / or ~/");
    auto const text = state::read_whole(path);
    if (!text) return fail(text.error().what);
    if (!*text) return fail("there is no file " + path);
    return **text;
}

std::string contents(std::string const& path) {
    auto const text = state::read_whole(path);
    return text && *text ? **text : "";
}

} // namespace

std::vector<complaint> check_given_files(config::given_tls const& given, time now) {
    std::vector<complaint> wrong;
    auto const ca = read("ca_file", given.ca_file, wrong);
    auto const cert = read("cert", given.cert, wrong);
    auto const key = read("key", given.key, wrong);
    if (!wrong.empty()) return wrong;

    if (!read_certificate(ca)) wrong.push_back({"ca_file", given.ca_file + " holds no certificate (PEM)"});
    if (!read_certificate(cert)) wrong.push_back({"cert", given.cert + " holds no certificate (PEM)"});
    if (!is_key(key))
        wrong.push_back({"key", given.key + " holds no private key (PEM, without a passphrase)"});
    if (!wrong.empty()) return wrong;

    if (!belongs(cert, key)) wrong.push_back({"key", given.key + " is not the key of " + given.cert});
    if (auto const why = distrust(cert, ca, now, strictness::usual))
        wrong.push_back({"cert", given.cert + " is not trusted by " + given.ca_file + ": " + *why});
    return wrong;
}

core::tls_files use_given_files(config::given_tls const& given) {
    auto const id = fingerprint(contents(given.ca_file) + contents(given.cert));
    return {given.ca_file, given.cert, given.key, given.cert, given.key, id};
}

} // namespace daskd::tls
