#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace daskd::ssh {

/// The host keys that a user trusts, read from files such as ~/.ssh/known_hosts. Pure.
class known_hosts {
public:
    enum class verdict {
        known,   ///< this very key is trusted for that host
        unknown, ///< no key of this type is known for it
        changed, ///< another key of this type is known for it
        revoked, ///< this key is marked @revoked
    };
    struct finding {
        verdict what;
        std::string place;              ///< FILE:LINE of what decided; empty if nothing did
        std::filesystem::path file;     ///< of it
        std::vector<std::string> types; ///< of all keys that are known for the host
    };

    /// Adds the lines of one file. Lines that cannot be read, or are not supported, are passed over with a
    /// note.
    void add(std::filesystem::path const& file, std::string_view text);
    [[nodiscard]] std::vector<std::string> const& notes() const { return notes_; }

    /// Judges the key that `host` has presented: its blob, as on the wire.
    [[nodiscard]] finding check(std::string const& host, std::uint16_t port, std::string_view key) const;
    /// The types of the keys that are known for `host`: "ssh-ed25519", in the order of the files.
    [[nodiscard]] std::vector<std::string> types(std::string const& host, std::uint16_t port) const;

    /// As known_hosts names a host: "node1", or "[node1]:2222" if the port is not 22.
    [[nodiscard]] static std::string name_of(std::string const& host, std::uint16_t port);

private:
    struct line {
        std::filesystem::path file;
        std::string place;
        std::string hosts; ///< patterns, or "|1|salt|hash"
        std::string type;
        std::string key;
        bool is_revoked = false;

        [[nodiscard]] bool is_for(std::string const& name) const;
    };

    std::vector<line> lines_;
    std::vector<std::string> notes_;
};

} // namespace daskd::ssh
