#include "daemon/tls/certificate.hpp"

#include "common/join.hpp"
#include "daemon/tls/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace daskd::tls {
namespace {

constexpr long x509_version_3 = 2;
constexpr int serial_bits = 127; // positive, and at most 20 octets

error openssl_error(std::string const& what) {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return {errc::failed, what + ": " + text.data(), ""};
}

bio_ptr reader(std::string const& text) {
    return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// A passphrase would be asked for on a terminal: there is none.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*is_writing*/, void* /*user*/) {
    return -1;
}

key_ptr parse_key(std::string const& text) {
    auto const from = reader(text);
    key_ptr key(PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    return key;
}

/// All certificates in a PEM text, in its order.
std::vector<x509_ptr> parse_certificates(std::string const& text) {
    std::vector<x509_ptr> all;
    auto const from = reader(text);
    while (auto* one = PEM_read_bio_X509(from.get(), nullptr, no_passphrase, nullptr))
        all.emplace_back(one);
    ERR_clear_error();
    return all;
}

template <class Write>
std::string written(Write write) {
    bio_ptr const to(BIO_new(BIO_s_mem()));
    if (!to || write(to.get()) != 1) return "";
    char* data = nullptr;
    auto const size = BIO_get_mem_data(to.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

bool set_serial(X509& certificate) {
    bignum_ptr const number(BN_new());
    return number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_times(X509& certificate, request const& what) {
    auto const seconds = [](time t) { return static_cast<std::time_t>(t.time_since_epoch().count()); };
    return ASN1_TIME_set(X509_getm_notBefore(&certificate), seconds(what.from)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(&certificate), seconds(what.until)) != nullptr;
}

bool add_extension(X509& certificate, X509& issuer, int kind, std::string const& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
    extension_ptr const extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

/// A certificate with everything but extensions, issuer and signature.
x509_ptr draft(EVP_PKEY& key, request const& what) {
    x509_ptr c(X509_new());
    bool const good = c && X509_set_version(c.get(), x509_version_3) == 1 && set_serial(*c) &&
                      set_times(*c, what) && X509_set_pubkey(c.get(), &key) == 1 &&
                      X509_NAME_add_entry_by_txt(
                          X509_get_subject_name(c.get()), "CN", MBSTRING_UTF8,
                          reinterpret_cast<unsigned char const*>(what.common_name.c_str()), -1, -1, 0) == 1;
    return good ? std::move(c) : nullptr;
}

result<std::string> signed_certificate(X509& certificate, EVP_PKEY& ca_key) {
    if (X509_sign(&certificate, &ca_key, EVP_sha256()) == 0) return openssl_error("signing a certificate");
    return written([&](BIO* to) { return PEM_write_bio_X509(to, &certificate); });
}

std::optional<std::string> text_of(GENERAL_NAME const& name) {
    int kind = 0;
    auto const* value = static_cast<ASN1_STRING const*>(GENERAL_NAME_get0_value(&name, &kind));
    auto const* bytes = ASN1_STRING_get0_data(value);
    auto const size = ASN1_STRING_length(value);
    if (kind == GEN_DNS)
        return "DNS:" + std::string(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size));
    if (kind != GEN_IPADD) return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN> text{};
    int const family = size == 4 ? AF_INET : AF_INET6;
    if (::inet_ntop(family, bytes, text.data(), text.size()) == nullptr) return std::nullopt;
    return std::string("IP:") + text.data();
}

names names_of(X509& certificate) {
    names all;
    names_ptr const list(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i)
        if (auto text = text_of(*sk_GENERAL_NAME_value(list.get(), i))) all.push_back(*std::move(text));
    std::ranges::sort(all);
    return all;
}

std::string hex(unsigned char const* bytes, std::size_t size) {
    constexpr auto digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
        text += {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
    return text;
}

} // namespace

result<std::string> make_key() {
    key_ptr const key(EVP_EC_gen("P-256"));
    if (!key) return openssl_error("making a key");
    return written([&](BIO* to) {
        return PEM_write_bio_PKCS8PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

result<std::string> make_ca(std::string const& key_text, request const& what) {
    auto const key = parse_key(key_text);
    auto const c = key ? draft(*key, what) : nullptr;
    bool const good = c && X509_set_issuer_name(c.get(), X509_get_subject_name(c.get())) == 1 &&
                      add_extension(*c, *c, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                      add_extension(*c, *c, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                      add_extension(*c, *c, NID_subject_key_identifier, "hash");
    if (!good) return openssl_error("making a CA");
    return signed_certificate(*c, *key);
}

result<std::string> issue(std::string const& ca_text, std::string const& ca_key_text,
                          std::string const& key_text, request const& what) {
    auto const ca = parse_certificates(ca_text);
    auto const ca_key = parse_key(ca_key_text);
    auto const key = parse_key(key_text);
    if (ca.empty() || !ca_key || !key) return openssl_error("making a certificate");
    bool const is_server = !what.valid_for.empty();
    auto const c = draft(*key, what);
    auto& signer = *ca.front();
    bool const good =
        c && X509_set_issuer_name(c.get(), X509_get_subject_name(&signer)) == 1 &&
        add_extension(*c, signer, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(*c, signer, NID_key_usage, "critical,digitalSignature") &&
        add_extension(*c, signer, NID_ext_key_usage, is_server ? "serverAuth,clientAuth" : "clientAuth") &&
        add_extension(*c, signer, NID_subject_key_identifier, "hash") &&
        add_extension(*c, signer, NID_authority_key_identifier, "keyid:always") &&
        (!is_server || add_extension(*c, signer, NID_subject_alt_name, join(what.valid_for, ",")));
    if (!good) return openssl_error("making a certificate");
    return signed_certificate(*c, *ca_key);
}

std::optional<facts> read_certificate(std::string const& text) {
    auto const all = parse_certificates(text);
    if (all.empty()) return std::nullopt;
    auto& c = *all.front();
    std::tm until{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&c), &until) != 1) return std::nullopt;
    facts f;
    f.until = time(std::chrono::seconds(::timegm(&until)));
    f.valid_for = names_of(c);
    if (auto const* id = X509_get0_subject_key_id(&c))
        f.key_id = hex(ASN1_STRING_get0_data(id), static_cast<std::size_t>(ASN1_STRING_length(id)));
    return f;
}

bool is_key(std::string const& key) {
    return parse_key(key) != nullptr;
}

bool belongs(std::string const& certificate, std::string const& key_text) {
    auto const all = parse_certificates(certificate);
    auto const key = parse_key(key_text);
    bool const same = !all.empty() && key && X509_check_private_key(all.front().get(), key.get()) == 1;
    ERR_clear_error();
    return same;
}

std::optional<std::string> distrust(std::string const& certificate, std::string const& ca, time now,
                                    strictness how) {
    auto const chain = parse_certificates(certificate);
    auto const trusted = parse_certificates(ca);
    if (chain.empty() || trusted.empty()) return "no certificate";
    store_ptr const store(X509_STORE_new());
    for (auto const& one : trusted)
        X509_STORE_add_cert(store.get(), one.get());
    auto* const between = sk_X509_new_null();
    for (auto const& one : chain)
        sk_X509_push(between, one.get());
    store_context_ptr const context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between);
    X509_STORE_CTX_set_time(context.get(), 0, static_cast<std::time_t>(now.time_since_epoch().count()));
    if (how == strictness::rfc_5280) X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_X509_STRICT);
    bool const good = X509_verify_cert(context.get()) == 1;
    auto const why = X509_STORE_CTX_get_error(context.get());
    sk_X509_free(between);
    ERR_clear_error();
    if (good) return std::nullopt;
    return X509_verify_cert_error_string(why);
}

std::string fingerprint(std::string const& contents) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(contents.data(), contents.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return hex(digest.data(), size);
}

} // namespace daskd::tls
