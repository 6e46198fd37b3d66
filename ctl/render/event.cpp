#include "ctl/render/event.hpp"

namespace daskd::ctl {
namespace {

std::string text_of(json const& object, char const* key) {
    if (!object.is_object()) return "";
    auto const it = object.find(key);
    return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

/// A host agent as `daskctl logs` names it; its bare id would tell nobody what it is.
std::string subject(json const& event) {
    auto const name = text_of(event, "name");
    return text_of(event, "kind") == "agent.state" ? "agent-" + name : name;
}

/// The event's own text tells more than the bare cause, where there is one.
std::string cause_text(json const& event) {
    if (auto text = text_of(event, "text"); !text.empty()) return text;
    auto const it = event.find("cause");
    return it == event.end() ? "" : text_of(*it, "text");
}

} // namespace

std::string render_event(json const& event, style const& paint) {
    if (!event.is_object()) return "";
    auto line = paint.paint(color::dim, text_of(event, "at"));
    auto const add = [&line](char const* gap, std::string const& text) {
        if (!text.empty()) line += (line.empty() ? "" : gap) + text;
    };
    add("  ", paint.paint(color::bold, subject(event)));
    auto const from = text_of(event, "from");
    auto const to = text_of(event, "to");
    if (!to.empty())
        add("  ", (from.empty() ? "" : paint.paint(state_color(from), from) + " → ") +
                      paint.paint(state_color(to), to));
    auto const cause = cause_text(event);
    if (!cause.empty()) add(to.empty() ? "  " : ": ", cause);
    return line;
}

} // namespace daskd::ctl
