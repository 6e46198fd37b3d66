#include "daemon/state/event.hpp"

namespace daskd::state {
namespace {

json to_json(event_cause const& c) {
    json value = {{"cause", c.cause}, {"code", nullptr}, {"signal", nullptr}, {"text", c.text}};
    if (c.code) value["code"] = *c.code;
    if (c.signal) value["signal"] = *c.signal;
    return value;
}

/// nlohmann's look-ups throw on a wrong type; event_from_json catches.
template <class T>
std::optional<T> optional_at(json const& object, char const* key) {
    auto const it = object.find(key);
    if (it == object.end() || it->is_null()) return std::nullopt;
    return it->get<T>();
}

event_cause cause_from_json(json const& value) {
    return {value.value("cause", ""), optional_at<int>(value, "code"),
            optional_at<std::string>(value, "signal"), value.value("text", "")};
}

} // namespace

json to_json(event const& e) {
    return {{"seq", e.seq},   {"at", e.at},
            {"kind", e.kind}, {"name", e.name},
            {"from", e.from}, {"to", e.to},
            {"text", e.text}, {"cause", e.cause ? to_json(*e.cause) : json(nullptr)}};
}

result<event> event_from_json(json const& value) {
    try {
        event e;
        e.seq = value.at("seq").get<std::uint64_t>();
        e.at = value.value("at", "");
        e.kind = value.value("kind", "");
        e.name = value.value("name", "");
        e.from = value.value("from", "");
        e.to = value.value("to", "");
        e.text = value.value("text", "");
        if (auto it = value.find("cause"); it != value.end() && !it->is_null())
            e.cause = cause_from_json(*it);
        return e;
    } catch (json::exception const& failure) {
        return error{errc::failed, std::string("not an event: ") + failure.what(), ""};
    }
}

} // namespace daskd::state
