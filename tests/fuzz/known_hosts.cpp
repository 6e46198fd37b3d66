// known_hosts and the files of keys: a host's name, then the text.

#include "daemon/ssh/known_hosts.hpp"

#include "daemon/ssh/private_key.hpp"
#include "daemon/ssh/wire_format.hpp"
#include "tests/fuzz/fuzz.hpp"

void fuzz(std::string_view input) {
    using namespace daskd;
    using fuzzing::require;
    auto const end = std::min(input.find('\n'), input.size());
    std::string const host(input.substr(0, end));
    auto const text = input.substr(std::min(end + 1, input.size()));

    ssh::known_hosts known;
    known.add("/known_hosts", text);
    for (auto const& note : known.notes())
        require(note.starts_with("/known_hosts:"), "a note names its line");
    for (std::uint16_t const port : {std::uint16_t{22}, std::uint16_t{2222}}) {
        auto const types = known.types(host, port);
        auto const finding = known.check(host, port, "");
        require(finding.types == types, "the types that are known do not depend on the key");
        require(finding.what == ssh::known_hosts::verdict::unknown, "no key is a known one");
    }

    if (auto const key = ssh::read_private_key(text); key && !key->public_blob.empty())
        require(ssh::fingerprint(key->public_blob).starts_with("SHA256:"), "a fingerprint");
    (void)ssh::key_type(ssh::read_public_key(text));
    if (auto const bytes = ssh::decode_base64(text))
        require(ssh::decode_base64(ssh::encode_base64(*bytes)) == *bytes, "base64 there and back");
}
