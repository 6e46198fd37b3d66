#pragma once

#include "common/names.hpp"
#include "daemon/config/codec.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace daskd::config {

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

template <class Settings>
std::vector<std::string> names_of(table<Settings> const& keys) {
    std::vector<std::string> names;
    for (auto const& key : keys)
        names.push_back(key.doc.name);
    return names;
}

/// A key that fills one field.
template <class Settings, class T>
entry<Settings> setting(std::string name, T Settings::*field, codec<T> kind, std::string default_text,
                        std::string doc) {
    return {{std::move(name), std::move(default_text), std::move(doc), true, {}, kind.schema},
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
        auto const meant = did_you_mean(m.key, names_of(keys));
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
    auto fields = docs_of(keys);
    auto schema = any_of({{"type", "null"}}, map_schema(fields));
    return {{std::move(name), "", std::move(doc), true, std::move(fields), std::move(schema)},
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
            [&keys](T const& value) { return write_keys(keys, value); }, map_schema(docs_of(keys))};
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
            [&keys](T const& value) { return write_keys(keys, value); },
            map_schema(docs_of(keys), names_of(keys))};
}

/// Whether `value` is what `default_text` says.
[[nodiscard]] bool is_default(std::string const& default_text, node const& value);

/// The JSON Schema of this value alone.
[[nodiscard]] ordered_json only(std::string const& default_text);

/// Complains unless `value` is what `default_text` says.
void require_default(std::string const& default_text, node const& value, reading const& at);

/// A key of a later version: its default is accepted, anything else is not available yet.
template <class Settings>
entry<Settings> planned(std::string name, std::string default_text, std::string doc) {
    auto read = [default_text](node const& value, Settings&, reading const& at) {
        require_default(default_text, value, at);
    };
    auto schema = only(default_text);
    return {{std::move(name), std::move(default_text), std::move(doc), false, {}, std::move(schema)},
            std::move(read),
            {}};
}

} // namespace daskd::config
