#pragma once

#include "common/names.hpp"
#include "daemon/config/codec.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace daskd::config {

/// What people are told about one key. Tables of entries make the schema; everything about a key is in its
/// entry.
struct key_doc {
    std::string name;
    std::string default_text; ///< YAML; empty for a map whose `fields` have the defaults
    std::string text;         ///< one line
    bool available = true;    ///< false: known, but only its default is accepted as yet
    std::vector<key_doc> fields;
};

template <class Settings>
struct entry {
    key_doc doc;
    std::function<void(node const&, Settings&, reading const&)> read;
    std::function<ordered_json(Settings const&)> write; ///< empty: nothing of its own to show
};

template <class Settings>
using table = std::vector<entry<Settings>>;

template <class Settings>
std::vector<key_doc> docs_of(table<Settings> const& keys) {
    std::vector<key_doc> docs;
    for (auto const& key : keys)
        docs.push_back(key.doc);
    return docs;
}

/// A key that fills one field.
template <class Settings, class T>
entry<Settings> setting(std::string name, T Settings::*field, codec<T> kind, std::string default_text,
                        std::string doc) {
    return {{std::move(name), std::move(default_text), std::move(doc), true, {}},
            [field, read = kind.read](node const& value, Settings& into, reading const& at) {
                if (auto result = read(value, at)) into.*field = *std::move(result);
            },
            [field, write = kind.write](Settings const& from) { return write(from.*field); }};
}

/// Reads the keys of a map into `into`; null is an empty map. Complains about what is not in the table.
template <class Settings>
void read_keys(table<Settings> const& keys, node const& map, Settings& into, reading const& at) {
    if (map.is_null()) return;
    if (map.is != node::kind::map) {
        at.mismatch(map, "a map of settings");
        return;
    }
    for (auto const& m : map.members) {
        auto const key =
            std::ranges::find_if(keys, [&](auto const& k) { return same_key(k.doc.name, m.key); });
        if (key != keys.end()) {
            key->read(m.value, into, at.inside(m.key));
            continue;
        }
        std::vector<std::string> known;
        for (auto const& k : keys)
            known.push_back(k.doc.name);
        auto const meant = did_you_mean(m.key, known);
        at.inside(m.key).fail(m.at, "unknown key" + (meant ? "; did you mean '" + *meant + "'?" : ""));
    }
}

template <class Settings>
ordered_json write_keys(table<Settings> const& keys, Settings const& from) {
    auto map = ordered_json::object();
    for (auto const& key : keys)
        if (key.write) map[key.doc.name] = key.write(from);
    return map;
}

/// A key that holds a map of further keys. `keys` must outlive the entry.
template <class Settings, class T>
entry<Settings> group(std::string name, T Settings::*field, table<T> const& keys, std::string doc) {
    return {{std::move(name), "", std::move(doc), true, docs_of(keys)},
            [field, &keys](node const& value, Settings& into, reading const& at) {
                read_keys(keys, value, into.*field, at);
            },
            [field, &keys](Settings const& from) { return write_keys(keys, from.*field); }};
}

/// A map in which any key of the table may be there. `keys` must outlive the codec.
template <class T>
codec<T> some_of(table<T> const& keys) {
    return {[&keys](node const& value, reading const& at) -> std::optional<T> {
                if (value.is != node::kind::map) {
                    at.mismatch(value, "a map");
                    return std::nullopt;
                }
                T read;
                read_keys(keys, value, read, at);
                return read;
            },
            [&keys](T const& value) { return write_keys(keys, value); }};
}

/// A map in which every key of the table must be there. `keys` must outlive the codec.
template <class T>
codec<T> all_of(table<T> const& keys) {
    return {[&keys](node const& value, reading const& at) -> std::optional<T> {
                if (value.is != node::kind::map) {
                    at.mismatch(value, "a map");
                    return std::nullopt;
                }
                for (auto const& key : keys)
                    if (find(value, key.doc.name) == nullptr)
                        at.fail(value.at, "needs '" + key.doc.name + "'");
                T read;
                read_keys(keys, value, read, at);
                return read;
            },
            [&keys](T const& value) { return write_keys(keys, value); }};
}

/// Whether `value` is what `default_text` says.
[[nodiscard]] bool is_default(std::string const& default_text, node const& value);

/// Complains unless `value` is what `default_text` says.
void require_default(std::string const& default_text, node const& value, reading const& at);

/// A key of a later version: its default is accepted, anything else is not available yet.
template <class Settings>
entry<Settings> planned(std::string name, std::string default_text, std::string doc) {
    auto read = [default_text](node const& value, Settings&, reading const& at) {
        require_default(default_text, value, at);
    };
    return {{std::move(name), std::move(default_text), std::move(doc), false, {}}, std::move(read), {}};
}

} // namespace daskd::config
