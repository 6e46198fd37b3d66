#include "daemon/config/key_doc.hpp"

#include "daemon/config/yaml_reader.hpp"

#include <algorithm>

namespace daskd::config {
namespace {

/// "^stop[-_]timeout$"
std::string pattern_of(std::string const& name) {
    std::string pattern = "^";
    for (char const c : name)
        pattern += c == '_' ? "[-_]" : std::string(1, c);
    return pattern + "$";
}

ordered_json property_of(key_doc const& key) {
    ordered_json property{{"description", text_of(key)}};
    std::vector<diagnostic> none;
    if (auto const standard = read_yaml_value(key.default_text, "", {}, none);
        standard && !key.default_text.empty())
        property["default"] = to_json(*standard);
    if (key.schema.contains("$ref")) { // what stands beside it would not count
        property["allOf"] = ordered_json::array({key.schema});
        return property;
    }
    property.update(key.schema);
    return property;
}

} // namespace

std::string text_of(key_doc const& key) {
    if (key.available) return key.text;
    return key.text.empty() ? "not in this version" : key.text + " (not in this version)";
}

ordered_json map_schema(std::vector<key_doc> const& keys, std::vector<std::string> const& required) {
    auto properties = ordered_json::object();
    auto patterns = ordered_json::object();
    for (auto const& key : keys) {
        properties[key.name] = property_of(key);
        if (key.name.find('_') != std::string::npos) patterns[pattern_of(key.name)] = key.schema;
    }
    ordered_json map{{"type", "object"}, {"properties", std::move(properties)}};
    if (!patterns.empty()) map["patternProperties"] = std::move(patterns);
    if (!required.empty()) map["required"] = required;
    map["additionalProperties"] = false;
    return map;
}

ordered_json any_of(ordered_json one, ordered_json other) {
    return {{"anyOf", ordered_json::array({std::move(one), std::move(other)})}};
}

} // namespace daskd::config
