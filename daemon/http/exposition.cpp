#include "daemon/http/exposition.hpp"

#include <array>
#include <charconv>

namespace daskd::http {
namespace {

std::string escaped(std::string_view value) {
    std::string text;
    for (char const c : value) {
        if (c == '\\' || c == '"') text += '\\';
        if (c == '\n')
            text += "\\n";
        else
            text += c;
    }
    return text;
}

} // namespace

std::string show_number(double value) {
    std::array<char, 32> text{};
    auto const [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), end};
}

void exposition::metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void exposition::sample(std::string_view suffix, labels const& of, double value) {
    text_.append(name_).append(suffix).append("{cluster=\"").append(escaped(cluster_)).append("\"");
    for (auto const& [name, label] : of)
        text_.append(",").append(name).append("=\"").append(escaped(label)).append("\"");
    text_.append("} ").append(show_number(value)).append("\n");
}

} // namespace daskd::http
