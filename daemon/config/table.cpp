#include "daemon/config/table.hpp"

#include "daemon/config/yaml_reader.hpp"

namespace daskd::config {

bool is_default(std::string const& default_text, node const& value) {
    std::vector<diagnostic> none;
    auto const standard = read_yaml_value(default_text, "", {}, none);
    return standard && to_json(*standard) == to_json(value);
}

ordered_json only(std::string const& default_text) {
    std::vector<diagnostic> none;
    auto const standard = read_yaml_value(default_text, "", {}, none);
    return {{"enum", ordered_json::array({standard ? to_json(*standard) : json(nullptr)})}};
}

void require_default(std::string const& default_text, node const& value, reading const& at) {
    if (!is_default(default_text, value)) at.fail(value.at, "not available in this version of daskd");
}

} // namespace daskd::config
