#include "common/join.hpp"
#include "daemon/ssh/known_hosts.hpp"
#include "daemon/ssh/library.hpp"
#include "daemon/ssh/login.hpp"
#include "daemon/ssh/wire_format.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace daskd::ssh {

namespace asio = boost::asio;

namespace {

known_hosts read_known_hosts(host_settings const& host) {
    known_hosts known;
    for (auto const& path : host.known_hosts_files) {
        std::ifstream file(path);
        std::ostringstream text;
        if (file) text << file.rdbuf();
        known.add(path, text.str());
    }
    for (auto const& note : known.notes())
        spdlog::debug("{}", note);
    return known;
}

std::vector<std::string> supported_algorithms(LIBSSH2_SESSION* session) {
    char const** names = nullptr;
    int const count = libssh2_session_supported_algs(session, LIBSSH2_METHOD_HOSTKEY, &names);
    std::vector<std::string> supported(names, names + std::max(count, 0));
    if (count > 0) libssh2_free(session, static_cast<void*>(names));
    return supported;
}

/// The algorithms to ask for: first those whose keys we know, so that a host with several presents the right
/// one. None but `supported` ones: libssh2 1.10 drops the others by a copy onto itself.
std::string preferred_algorithms(std::vector<std::string> const& known_types,
                                 std::vector<std::string> const& supported) {
    std::vector<std::string> const ours{"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                        "ecdsa-sha2-nistp521", "ssh-rsa"};
    std::vector<std::string> ordered;
    for (auto const& type : known_types)
        if (std::ranges::find(ours, type) != ours.end()) ordered.push_back(type);
    for (auto const& type : ours)
        if (std::ranges::find(ordered, type) == ordered.end()) ordered.push_back(type);
    // A key of type ssh-rsa signs with any of three algorithms.
    auto const rsa = std::ranges::find(ordered, "ssh-rsa");
    ordered.insert(rsa, {"rsa-sha2-512", "rsa-sha2-256"});
    std::erase_if(ordered,
                  [&](auto const& name) { return std::ranges::find(supported, name) == supported.end(); });
    return join(ordered, ",");
}

/// "ed25519", as ssh-keyscan -t takes it.
std::string short_type(std::string const& type) {
    if (type.starts_with("ecdsa-")) return "ecdsa";
    return type.starts_with("ssh-") ? type.substr(4) : type;
}

error judge(host_settings const& host, known_hosts::finding const& found, std::string const& key,
            bool is_direct) {
    auto const name = host.host_key_alias.empty() ? known_hosts::name_of(host.host_name, host.port)
                                                  : known_hosts::name_of(host.host_key_alias, 22);
    auto const type = key_type(key);
    auto const shown = "its " + short_type(type) + " key is " + fingerprint(key);
    auto const file =
        host.known_hosts_files.empty() ? "~/.ssh/known_hosts" : host.known_hosts_files.front().string();
    // ssh-keyscan writes down the name that it is given; behind a jump, or under an alias, only ssh does it
    // right.
    auto const add = is_direct && host.host_key_alias.empty()
                         ? "ssh-keyscan -t " + short_type(type) + " -p " + std::to_string(host.port) + " " +
                               host.host_name + " >> " + file
                         : "ssh " + host.name + " true";
    switch (found.what) {
    case known_hosts::verdict::revoked:
        return {errc::bad_configuration,
                "the key of " + describe(host) + " is revoked at " + found.place + ": " + shown,
                "do not connect; ask the host's administrator"};
    case known_hosts::verdict::changed:
        return {errc::bad_configuration,
                "the key of " + describe(host) + " has changed, or somebody is in between: " + shown +
                    ", and not the one at " + found.place,
                "if the host was set up anew: ssh-keygen -R '" + name + "' -f " + found.file.string() +
                    " && " + add};
    default: break;
    }
    auto const others =
        found.types.empty() ? "" : "; known are only its keys of type " + join(found.types, ", ");
    return {errc::bad_configuration,
            describe(host) + " is not in known_hosts as " + name + ": " + shown + others,
            "compare the fingerprint, then: " + add};
}

} // namespace

asio::awaitable<result<void>> shake_hands(std::shared_ptr<engine> connection, host_settings host,
                                          bool is_direct) {
    auto* const raw = connection->raw();
    auto const known = read_known_hosts(host);
    bool const has_alias = !host.host_key_alias.empty();
    auto const& name = has_alias ? host.host_key_alias : host.host_name;
    // As OpenSSH: an alias stands for name and port.
    std::uint16_t const port = has_alias ? 22 : host.port;
    auto const algorithms = preferred_algorithms(known.types(name, port), supported_algorithms(raw));
    libssh2_session_method_pref(raw, LIBSSH2_METHOD_HOSTKEY, algorithms.c_str());

    std::function<int()> attempt = [raw] { return libssh2_session_handshake(raw, placeholder_fd()); };
    auto running = connection->run(std::move(attempt));
    auto const code = co_await std::move(running);
    if (!code)
        co_return error{code.error().code, "no SSH with " + describe(host) + ": " + code.error().what, ""};
    if (*code != 0) {
        auto e = connection->explain("no SSH with " + describe(host), *code);
        if (*code == LIBSSH2_ERROR_KEX_FAILURE || *code == LIBSSH2_ERROR_METHOD_NONE)
            e.hint = can_use_rsa()
                         ? "no algorithm in common; update the host's sshd"
                         : "this libssh2 takes no RSA host keys; give the host an ed25519 key: ssh-keygen -A";
        co_return e;
    }

    std::size_t length = 0;
    int kind = 0;
    auto const* const bytes = libssh2_session_hostkey(raw, &length, &kind);
    std::string const key(bytes ? bytes : "", bytes ? length : 0);
    auto const found = known.check(name, port, key);
    if (found.what != known_hosts::verdict::known) co_return judge(host, found, key, is_direct);
    co_return result<void>{};
}

} // namespace daskd::ssh
