#include "daemon/ssh/ssh_config_file.hpp"

#include "common/join.hpp"
#include "daemon/ssh/host_pattern.hpp"

#include <algorithm>
#include <array>

namespace daskd::ssh {
namespace {

constexpr int max_include_depth = 16;
constexpr std::string_view white = " \t\r\f";

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

/// Keywords that we honour, besides Host, Match and Include.
constexpr std::array honoured{"hostname",
                              "user",
                              "port",
                              "identitiesonly",
                              "identityagent",
                              "proxyjump",
                              "userknownhostsfile",
                              "globalknownhostsfile",
                              "hostkeyalias"};

/// Keywords without which a login may fail or go elsewhere, and what to say.
std::optional<std::string> not_honoured(std::string const& keyword, std::vector<std::string> const& values) {
    auto const value = lower(values.empty() ? "" : values.front());
    bool const is_off = value == "no" || value == "none";
    if (keyword == "proxycommand" && !is_off) return "ProxyCommand is not honoured; use ProxyJump";
    if (keyword == "certificatefile" && !is_off) return "CertificateFile is not honoured; use a plain key";
    if (keyword == "pkcs11provider" && !is_off)
        return "PKCS11Provider is not honoured; add its keys to ssh-agent: ssh-add -s PROVIDER";
    if (keyword == "knownhostscommand" && !is_off)
        return "KnownHostsCommand is not honoured; write the keys to known_hosts";
    if (keyword == "canonicalizehostname" && !is_off)
        return "CanonicalizeHostname is not honoured; write HostName in full";
    if (keyword == "stricthostkeychecking" && value != "yes" && value != "ask")
        return "StrictHostKeyChecking " + value + " is not honoured: an unknown host key is always refused";
    if (keyword == "bindaddress" || keyword == "bindinterface") return "the local address is not chosen";
    return std::nullopt;
}

class reader {
public:
    reader(destination const& to, config_world const& world) : to_(to), world_(world) {}

    result<config_values> read_all() {
        for (auto const& file : world_.files) {
            is_active_ = true;
            if (auto done = read_file(file, 0); !done) return done.error();
        }
        return std::move(values_);
    }

private:
    result<void> read_file(std::filesystem::path const& file, int depth) {
        auto const text = world_.read(file);
        if (!text) return {};
        std::string_view rest = *text;
        for (int number = 1; !rest.empty(); ++number) {
            auto const end = rest.find('\n');
            auto const place = file.string() + ":" + std::to_string(number);
            if (auto done = read_line(rest.substr(0, end), place, file, depth); !done) return done.error();
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        }
        return {};
    }

    result<void> read_line(std::string_view line, std::string const& place, std::filesystem::path const& file,
                           int depth) {
        auto words = split_line(line);
        if (!words) return broken(place, "a quote is not closed");
        if (words->empty()) return {};
        auto const keyword = lower(words->front());
        words->erase(words->begin());
        if (words->empty()) return broken(place, keyword + " lacks its value");
        if (keyword == "host") {
            is_active_ = pattern_list_matches(join(*words, " "), " ", to_.host);
        } else if (keyword == "match") {
            return read_match(*words, place);
        } else if (keyword == "include") {
            return include(*words, place, file, depth);
        } else if (is_active_) {
            take(keyword, *words, place);
        }
        return {};
    }

    void take(std::string const& keyword, std::vector<std::string> const& words, std::string const& place) {
        if (keyword == "identityfile") {
            values_.identity_files.push_back(words.front());
            return;
        }
        // The first of ProxyJump and ProxyCommand excludes the other.
        if (keyword == "proxycommand" && values_.first.contains("proxyjump")) return;
        if (auto const text = not_honoured(keyword, words)) values_.notes.push_back(place + ": " + *text);
        if (std::ranges::find(honoured, keyword) != honoured.end())
            values_.first.emplace(keyword, join(words, " "));
    }

    result<void> include(std::vector<std::string> const& patterns, std::string const& place,
                         std::filesystem::path const& file, int depth) {
        if (depth >= max_include_depth)
            return broken(place, "Include goes too deep; does a file include itself?");
        bool const was_active = is_active_;
        for (auto const& pattern : patterns) {
            std::filesystem::path path = pattern;
            if (pattern.starts_with("~/"))
                path = world_.home / pattern.substr(2);
            else if (path.is_relative())
                path = (file.string().starts_with("/etc/") ? "/etc/ssh" : world_.home / ".ssh") / path;
            for (auto const& found : world_.glob(path)) {
                // Within a block that does not apply, nothing of the file does, not even its own blocks.
                if (!was_active) continue;
                is_active_ = true;
                if (auto done = read_file(found, depth + 1); !done) return done.error();
            }
        }
        is_active_ = was_active;
        return {};
    }

    result<void> read_match(std::vector<std::string> const& words, std::string const& place) {
        bool matches = true;
        for (std::size_t i = 0; i < words.size(); ++i) {
            auto criterion = lower(words[i]);
            if (criterion == "all") continue;
            bool const is_negated = criterion.starts_with('!');
            if (is_negated) criterion.erase(0, 1);
            if (criterion == "canonical" || criterion == "final") {
                values_.notes.push_back(place + ": Match " + criterion + " is not honoured");
                matches = false;
                continue;
            }
            if (i + 1 == words.size()) return broken(place, "Match " + criterion + " lacks its value");
            auto const& value = words[++i];
            auto const subject = subject_of(criterion);
            if (!subject) {
                values_.notes.push_back(place + ": Match " + criterion + " is not honoured; use Host");
                matches = false;
            } else if (pattern_list_matches(value, ",", *subject) == is_negated) {
                matches = false;
            }
        }
        is_active_ = matches;
        return {};
    }

    /// What a criterion of Match looks at; nullopt if we do not know it.
    [[nodiscard]] std::optional<std::string> subject_of(std::string const& criterion) const {
        auto const value = [this](std::string const& keyword) -> std::optional<std::string> {
            auto const found = values_.first.find(keyword);
            return found == values_.first.end() ? std::nullopt : std::optional(found->second);
        };
        if (criterion == "originalhost") return to_.host;
        if (criterion == "host") return value("hostname").value_or(to_.host);
        if (criterion == "user") return to_.user ? *to_.user : value("user").value_or(world_.user);
        if (criterion == "localuser") return world_.user;
        return std::nullopt;
    }

    static error broken(std::string const& place, std::string const& what) {
        return {errc::bad_configuration, place + ": " + what, ""};
    }

    destination const& to_;
    config_world const& world_;
    config_values values_;
    bool is_active_ = true;
};

} // namespace

std::optional<std::vector<std::string>> split_line(std::string_view line) {
    std::vector<std::string> words;
    std::size_t at = 0;
    while (true) {
        at = line.find_first_not_of(white, at);
        if (at == std::string_view::npos || line[at] == '#') return words;
        // After the keyword one '=' may stand, with or without white space.
        if (line[at] == '=' && words.size() == 1) {
            ++at;
            at = std::min(line.find_first_not_of(white, at), line.size());
            if (at == line.size()) return words;
        }
        std::string word;
        auto const stop = words.empty() ? " \t\r\f=" : " \t\r\f";
        bool is_quoted = false;
        for (; at < line.size(); ++at) {
            if (line[at] == '"')
                is_quoted = !is_quoted;
            else if (!is_quoted && std::string_view(stop).find(line[at]) != std::string_view::npos)
                break;
            else
                word += line[at];
        }
        if (is_quoted) return std::nullopt;
        words.push_back(std::move(word));
    }
}

result<config_values> read_config(destination const& to, config_world const& world) {
    return reader(to, world).read_all();
}

} // namespace daskd::ssh
