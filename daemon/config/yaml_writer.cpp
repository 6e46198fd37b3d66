#include "daemon/config/yaml_writer.hpp"

#include "daemon/config/scalar.hpp"

#include <algorithm>
#include <cctype>

namespace daskd::config {
namespace {

/// Whether the string may stand without quotes, in a list too.
bool is_plain(std::string const& text) {
    auto const is_safe = [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("_-./+:~$").find(static_cast<char>(c)) != std::string_view::npos;
    };
    bool const starts_well = !text.empty() && (std::isalnum(static_cast<unsigned char>(text.front())) != 0 ||
                                               text.front() == '/' || text.front() == '_' ||
                                               text.starts_with("~/") || text.starts_with("--"));
    return starts_well && text.back() != ':' && std::ranges::all_of(text, is_safe) &&
           resolve_scalar(text).is_string();
}

/// YAML finds longer ones only where a question mark announces them.
constexpr std::size_t longest_simple_key = 1024;

std::string in_line(ordered_json const& value);

/// A key and its colon; `line_break`: what stands between them in a long one.
std::string key_of(std::string const& key, std::string const& line_break) {
    auto const text = in_line(key);
    return text.size() > longest_simple_key ? "? " + text + line_break + ":" : text + ":";
}

std::string in_line(ordered_json const& value) {
    if (value.is_string() && is_plain(value.get<std::string>())) return value.get<std::string>();
    if (!value.is_structured()) return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    std::string text;
    for (auto const& [key, item] : value.items()) {
        if (!text.empty()) text += ", ";
        if (value.is_object()) text += key_of(key, " ") + " ";
        text += in_line(item);
    }
    return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

void write_block(ordered_json const& map, std::string const& indentation, std::string& to) {
    for (auto const& [key, value] : map.items()) {
        to += indentation + key_of(key, "\n" + indentation);
        if (value.is_object() && !value.empty()) {
            to += "\n";
            write_block(value, indentation + "  ", to);
        } else {
            to += " " + in_line(value) + "\n";
        }
    }
}

} // namespace

std::string write_yaml(ordered_json const& map) {
    std::string text;
    write_block(map, "", text);
    return text;
}

} // namespace daskd::config
