#include "common/json.hpp"

namespace daskd {

result<json> parse_json(std::string_view text, int max_depth) {
    bool too_deep = false;
    auto guard = [&](int depth, json::parse_event_t event, json& /*parsed*/) {
        bool const opens =
            event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        if (opens && depth >= max_depth) too_deep = true;
        return !too_deep;
    };
    try {
        auto value = json::parse(text, guard);
        if (too_deep)
            return error{errc::usage, "JSON nested deeper than " + std::to_string(max_depth) + " levels", ""};
        return value;
    } catch (json::exception const& e) {
        return error{errc::usage, e.what(), ""};
    }
}

std::string to_line(json const& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string to_line(ordered_json const& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace daskd
