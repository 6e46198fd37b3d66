#pragma once

#include "common/json.hpp"

#include <string>
#include <vector>

namespace daskd::config {

/// What people, and editors, are told about one key. Tables of entries make the schema; everything about a
/// key is in its entry.
struct key_doc {
    std::string name;
    std::string default_text; ///< YAML; empty for a map whose `fields` have the defaults
    std::string text;         ///< one line
    bool available = true;    ///< false: known, but only its default is accepted as yet
    std::vector<key_doc> fields = {};
    ordered_json schema = ordered_json::object(); ///< JSON Schema of its value; an empty one takes anything
};

/// The text as people see it.
[[nodiscard]] std::string text_of(key_doc const& key);

/// The JSON Schema of a map with these keys and no others. Hyphens may stand for underscores.
[[nodiscard]] ordered_json map_schema(std::vector<key_doc> const& keys,
                                      std::vector<std::string> const& required = {});

/// What both take.
[[nodiscard]] ordered_json any_of(ordered_json one, ordered_json other);

} // namespace daskd::config
