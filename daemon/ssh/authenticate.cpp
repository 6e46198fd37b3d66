#include "common/join.hpp"
#include "daemon/ssh/agent_client.hpp"
#include "daemon/ssh/library.hpp"
#include "daemon/ssh/login.hpp"
#include "daemon/ssh/private_key.hpp"
#include "daemon/ssh/wire_format.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace daskd::ssh {

namespace asio = boost::asio;

namespace {

/// One key to try, held by the agent or in a file.
struct candidate {
    std::string name; ///< for people
    std::string agent_blob;
    std::filesystem::path file;
};

/// A key file as it is found.
struct identity {
    std::filesystem::path file = {};
    bool exists = false; ///< the private key, and we can read it
    bool is_readable_key = false;
    bool is_encrypted = false;
    std::string blob = {}; ///< public; empty if unknown
};

std::optional<std::string> read_text(std::filesystem::path const& path) {
    std::ifstream file(path);
    if (!file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

identity look_at(std::filesystem::path const& file) {
    identity found{file};
    auto const text = read_text(file);
    found.exists = text.has_value();
    if (text) {
        if (auto const facts = read_private_key(*text)) {
            found.is_readable_key = true;
            found.is_encrypted = facts->is_encrypted;
            found.blob = facts->public_blob;
        } else {
            // IdentityFile may name a public key whose other half is in the agent.
            found.blob = read_public_key(*text);
        }
    }
    auto path = file;
    if (found.blob.empty()) found.blob = read_public_key(read_text(path += ".pub").value_or(""));
    return found;
}

/// Tries keys one after the other, and keeps book of what became of each.
class authentication {
public:
    authentication(std::shared_ptr<engine> connection, host_settings host)
        : connection_(std::move(connection)), host_(std::move(host)) {}

    asio::awaitable<result<void>> run() {
        auto asking = ask_for_methods();
        auto const methods = co_await std::move(asking);
        if (!methods) co_return methods.error();
        if (libssh2_userauth_authenticated(connection_->raw())) co_return result<void>{};
        if (methods->find("publickey") == std::string::npos)
            co_return error{errc::bad_configuration, describe(host_) + " takes no keys, only " + *methods,
                            "daskd never sends a password; enable PubkeyAuthentication on the host"};

        auto listing = candidates();
        auto const list = co_await std::move(listing);
        for (auto const& c : list) {
            auto trying = try_one(c);
            auto const code = co_await std::move(trying);
            if (!code) co_return lost(code.error());
            if (*code == 0) co_return result<void>{};
            // libssh2 takes a goodbye for one more refusal.
            if (!connection_->farewell().empty())
                co_return lost(
                    {errc::failed, "the host ended the connection: " + connection_->farewell(), ""});
            tried_.push_back(c.name + ": " + reason(*code));
            auto const e = connection_->explain("", *code);
            if (connection_->failure()) co_return lost(e);
        }
        co_return refused();
    }

private:
    asio::awaitable<result<std::string>> ask_for_methods() {
        auto const methods = std::make_shared<std::string>();
        std::function<int()> attempt = [raw = connection_->raw(), user = host_.user, methods] {
            auto const* const list =
                libssh2_userauth_list(raw, user.data(), static_cast<unsigned>(user.size()));
            if (list) *methods = list;
            return list || libssh2_userauth_authenticated(raw) ? 0 : libssh2_session_last_errno(raw);
        };
        auto running = connection_->run(std::move(attempt));
        auto const code = co_await std::move(running);
        if (!code) co_return lost(code.error());
        if (*code != 0) co_return connection_->explain("no login on " + describe(host_), *code);
        co_return *methods;
    }

    /// In OpenSSH's order: the agent's keys that are asked for, its others, then files.
    asio::awaitable<std::vector<candidate>> candidates() {
        std::vector<identity> identities;
        for (auto const& file : host_.identity_files)
            identities.push_back(look_at(file));
        auto held = std::vector<agent_key>();
        if (!host_.agent_socket.empty()) {
            auto asking = ask_agent();
            held = co_await std::move(asking);
        }

        std::vector<candidate> list;
        auto const from_agent = [&](agent_key const& key) {
            list.push_back(
                {"ssh-agent's " + (key.comment.empty() ? fingerprint(key.blob) : key.comment), key.blob, {}});
        };
        auto const is_held = [&](identity const& i) {
            return !i.blob.empty() && std::ranges::find(held, i.blob, &agent_key::blob) != held.end();
        };
        auto const is_asked_for = [&](agent_key const& key) {
            return std::ranges::find(identities, key.blob, &identity::blob) != identities.end();
        };
        for (auto const& i : identities)
            if (is_held(i)) from_agent(*std::ranges::find(held, i.blob, &agent_key::blob));
        for (auto const& key : held)
            // A security key signs in a way of its own, which libssh2 cannot pass on.
            if (!host_.identities_only && !is_asked_for(key) && !key_type(key.blob).starts_with("sk-"))
                from_agent(key);
        for (auto const& i : identities) {
            if (is_held(i)) continue;
            if (i.is_readable_key && !i.is_encrypted)
                list.push_back({i.file.string(), {}, i.file});
            else if (i.is_readable_key)
                locked_.push_back(i.file.string());
            else if (host_.has_identity_files)
                tried_.push_back(i.file.string() + (i.exists ? ": is no private key" : ": cannot be read"));
        }
        co_return list;
    }

    asio::awaitable<std::vector<agent_key>> ask_agent() {
        auto connecting = agent_client::connect(host_.agent_socket);
        auto agent = co_await std::move(connecting);
        if (!agent) {
            tried_.push_back(agent.error().what);
            co_return std::vector<agent_key>();
        }
        agent_.emplace(std::move(*agent));
        auto asking = agent_->keys();
        auto keys = co_await std::move(asking);
        if (!keys) tried_.push_back(keys.error().what);
        co_return keys ? std::move(*keys) : std::vector<agent_key>();
    }

    asio::awaitable<result<int>> try_one(candidate c) {
        if (c.agent_blob.empty()) {
            // Reads a small file and signs: no wait for anybody.
            std::function<int()> attempt = [raw = connection_->raw(), user = host_.user,
                                            file = c.file.string()] {
                return libssh2_userauth_publickey_fromfile_ex(
                    raw, user.data(), static_cast<unsigned>(user.size()), nullptr, file.c_str(), "");
            };
            auto running = connection_->run(std::move(attempt));
            co_return co_await std::move(running);
        }
        co_return co_await try_agent_key(std::move(c.agent_blob));
    }

    /// What goes between libssh2, which wants a signature at once, and the agent, which takes its time: the
    /// call ends with what is to be signed, and is made again when the signature is there.
    struct signature_request {
        std::string data;
        std::string signature;
        bool is_refused = false;
    };

    static int sign(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* length,
                    unsigned char const* data, std::size_t data_length, void** abstract) {
        auto& request = *static_cast<signature_request*>(*abstract);
        if (request.is_refused) return LIBSSH2_ERROR_AGENT_PROTOCOL;
        if (request.signature.empty()) {
            request.data.assign(reinterpret_cast<char const*>(data), data_length);
            return LIBSSH2_ERROR_EAGAIN;
        }
        // libssh2 frees it with the session's allocator, which is malloc's.
        *signature = static_cast<unsigned char*>(std::malloc(request.signature.size()));
        if (!*signature) return LIBSSH2_ERROR_ALLOC;
        std::memcpy(*signature, request.signature.data(), request.signature.size());
        *length = request.signature.size();
        return 0;
    }

    asio::awaitable<result<int>> try_agent_key(std::string blob) {
        auto const request = std::make_shared<signature_request>();
        auto const call = [raw = connection_->raw(), user = host_.user, blob, request] {
            void* abstract = request.get();
            return libssh2_userauth_publickey(raw, user.c_str(),
                                              reinterpret_cast<unsigned char const*>(blob.data()),
                                              blob.size(), &sign, &abstract);
        };
        std::function<int()> ask = [call, request] {
            auto const code = call();
            return code == LIBSSH2_ERROR_EAGAIN && !request->data.empty() ? 0 : code;
        };
        auto running = connection_->run(std::move(ask));
        auto const asked = co_await std::move(running);
        if (!asked || *asked != 0 || request->data.empty()) co_return asked;

        auto signing = agent_->sign(blob, request->data, signature_flags(request->data));
        auto signature = co_await std::move(signing);
        // Told to libssh2 as well, which waits for it and has to give up this key before the next.
        request->is_refused = !signature || signature->empty();
        if (signature) request->signature = std::move(*signature);
        std::function<int()> answer = call;
        auto finishing = connection_->run(std::move(answer));
        co_return co_await std::move(finishing);
    }

    [[nodiscard]] std::string reason(int code) const {
        switch (code) {
        case LIBSSH2_ERROR_AUTHENTICATION_FAILED: return "refused";
        default: return last_error_text(connection_->raw());
        }
    }

    [[nodiscard]] error lost(error const& why) const {
        return {why.code, "no login on " + describe(host_) + ": " + why.what,
                connection_->farewell().starts_with("Too many")
                    ? "too many keys were offered; choose one: IdentityFile and IdentitiesOnly yes in "
                      "~/.ssh/config"
                    : ""};
    }

    [[nodiscard]] error refused() const {
        auto what = describe(host_) + " accepts none of our keys";
        if (!tried_.empty()) what += " (" + join(tried_, "; ") + ")";
        if (!locked_.empty()) what += "; not tried, since locked by a passphrase: " + join(locked_, ", ");
        auto hint = locked_.empty() ? "ssh-copy-id " +
                                          (host_.port == 22 ? "" : "-p " + std::to_string(host_.port) + " ") +
                                          host_.user + "@" + host_.name
                                    : "ssh-add " + locked_.front();
        if (!can_use_rsa())
            hint += "; RSA keys cannot be used with this libssh2, an ed25519 key can: ssh-keygen -t ed25519";
        return {errc::bad_configuration, what, hint};
    }

    std::shared_ptr<engine> connection_;
    host_settings host_;
    std::optional<agent_client> agent_;
    std::vector<std::string> tried_;  ///< "KEY: what became of it"
    std::vector<std::string> locked_; ///< key files that need a passphrase
};

} // namespace

asio::awaitable<result<void>> authenticate(std::shared_ptr<engine> connection, host_settings host) {
    authentication task(std::move(connection), std::move(host));
    auto running = task.run();
    co_return co_await std::move(running);
}

} // namespace daskd::ssh
