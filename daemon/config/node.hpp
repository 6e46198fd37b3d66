#pragma once

#include "common/json.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daskd::config {

/// Where a value was written; see diagnostic.hpp for the fields.
struct origin {
    std::string source;
    int line = 0;
    int column = 0;
};

struct member;

/// A configuration value that remembers where it came from and how it was written. Plain values: copied,
/// never shared.
struct node {
    enum class kind { scalar, list, map };

    kind is = kind::scalar;
    json value;                  ///< a scalar's: null, bool, number or string
    std::string text;            ///< a scalar's, as written
    std::vector<node> items;     ///< a list's
    std::vector<member> members; ///< a map's, in the order of first appearance
    origin at;

    [[nodiscard]] bool is_null() const { return is == kind::scalar && value.is_null(); }
};

struct member {
    std::string key; ///< as first written
    origin at;       ///< of the key
    node value;
};

/// Whether two keys are one to Dask: hyphen and underscore are equal.
[[nodiscard]] bool same_key(std::string_view a, std::string_view b);

/// The value under `key` in a map; null if there is none, or if `map` is no map. Points into `map`.
[[nodiscard]] node const* find(node const& map, std::string_view key);
[[nodiscard]] node* find(node& map, std::string_view key);

/// Where `key` was written, or the map itself.
[[nodiscard]] origin const& place_of(node const& map, std::string_view key);

[[nodiscard]] node make_map(origin at);
[[nodiscard]] node make_string(std::string text, origin at);

/// Dask's update(): maps merge key by key, at any depth; anything else replaces what was there.
void merge(node& into, node const& newer);

/// Assigns `value` at a dotted path; what is no map on the way becomes one.
void assign(node& map, std::string_view path, node value);

/// What Dask would see. Infinity and NaN, which JSON has not, become "inf", "-inf" and "nan".
[[nodiscard]] json to_json(node const& value);

} // namespace daskd::config
