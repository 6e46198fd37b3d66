#include "daemon/tls/own_files.hpp"

#include "daemon/state/durable_file.hpp"
#include "daemon/tls/renewal.hpp"

#include <cerrno>
#include <sys/stat.h>

namespace daskd::tls {
namespace {

namespace fs = std::filesystem;

/// Clocks of other hosts may be behind.
constexpr std::chrono::days clock_skew{1};

struct pair {
    std::string key;
    std::string certificate;
};

fs::path key_file(fs::path const& dir, std::string const& name) {
    return dir / (name + ".key");
}
fs::path certificate_file(fs::path const& dir, std::string const& name) {
    return dir / (name + ".pem");
}

std::string read(fs::path const& path) {
    auto const text = state::read_whole(path);
    return text && *text ? **text : "";
}

pair read_pair(fs::path const& dir, std::string const& name) {
    return {read(key_file(dir, name)), read(certificate_file(dir, name))};
}

result<void> write(fs::path const& path, std::string const& text) {
    auto const fresh = path.string() + ".new";
    if (auto written = state::write_durably(fresh, text); !written) return written;
    std::error_code ec;
    fs::rename(fresh, path, ec);
    if (ec) return error{errc::failed, "cannot replace " + path.string() + ": " + ec.message(), ""};
    return {};
}

found_pair judge(pair const& p, pair const& ca, time now) {
    found_pair found{is_key(p.key), {}};
    bool const is_good = found.has_key && belongs(p.certificate, p.key) &&
                         !distrust(p.certificate, ca.certificate, now, strictness::rfc_5280);
    if (is_good) found.certificate = read_certificate(p.certificate);
    return found;
}

/// A new certificate, and a key if there is none to keep.
result<void> renew_leaf(pair& p, pair const& ca, request what) {
    auto key = make_key();
    if (!key) return key.error();
    auto certificate = issue(ca.certificate, ca.key, *key, what);
    if (!certificate) return certificate.error();
    p = {*key, *certificate};
    return {};
}

result<void> renew_ca(pair& ca, bool with_key, time now) {
    if (with_key) {
        auto key = make_key();
        if (!key) return key.error();
        ca.key = *key;
    }
    auto certificate = make_ca(ca.key, {"daskd private CA", {}, now - clock_skew, now + ca_lasts});
    if (!certificate) return certificate.error();
    ca.certificate = *certificate;
    return {};
}

result<void> write_pair(fs::path const& dir, std::string const& name, pair const& p) {
    if (auto written = write(key_file(dir, name), p.key); !written) return written;
    return write(certificate_file(dir, name), p.certificate);
}

} // namespace

result<core::tls_files> keep_own_files(fs::path const& dir, names const& wanted, time now) {
    if (::mkdir(dir.c_str(), 0700) != 0 && errno != EEXIST)
        return system_error("cannot create " + dir.string());
    auto ca = read_pair(dir, "ca");
    auto cluster = read_pair(dir, "cluster");
    auto client = read_pair(dir, "client");
    auto const due =
        what_to_renew({judge(ca, ca, now), judge(cluster, ca, now), judge(client, ca, now)}, wanted, now);

    // The CA first: a crash on the way leaves certificates that it has not signed, and they are made anew
    // next time.
    if (due.ca) {
        if (auto made = renew_ca(ca, due.ca_key, now); !made) return made.error();
        if (auto written = write_pair(dir, "ca", ca); !written) return written.error();
    }
    if (due.cluster) {
        request const what{"daskd scheduler and workers", wanted, now - clock_skew, now + certificate_lasts};
        if (auto made = renew_leaf(cluster, ca, what); !made) return made.error();
        if (auto written = write_pair(dir, "cluster", cluster); !written) return written.error();
    }
    if (due.client) {
        request const what{"daskd client", {}, now - clock_skew, now + certificate_lasts};
        if (auto made = renew_leaf(client, ca, what); !made) return made.error();
        if (auto written = write_pair(dir, "client", client); !written) return written.error();
    }
    auto const identity = read_certificate(ca.certificate);
    return core::tls_files{certificate_file(dir, "ca").string(), certificate_file(dir, "cluster").string(),
                           key_file(dir, "cluster").string(),    certificate_file(dir, "client").string(),
                           key_file(dir, "client").string(),     identity ? identity->key_id : ""};
}

} // namespace daskd::tls
