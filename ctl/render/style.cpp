#include "ctl/render/style.hpp"

namespace daskd::ctl {
namespace {

/// The parameters of the terminal's "select graphic rendition".
char const* code(color c) {
    switch (c) {
    case color::plain: break;
    case color::dim: return "2";
    case color::bold: return "1";
    case color::red: return "31";
    case color::green: return "32";
    case color::yellow: return "33";
    case color::blue: return "34";
    case color::magenta: return "35";
    case color::cyan: return "36";
    }
    return "";
}

} // namespace

std::string style::paint(color c, std::string_view text) const {
    if (!is_colored_ || c == color::plain || text.empty()) return std::string(text);
    return std::string("\033[").append(code(c)).append("m").append(text).append("\033[0m");
}

color state_color(std::string_view state) {
    if (state == "running") return color::green;
    if (state == "starting" || state == "stopping" || state == "pending" || state == "degraded")
        return color::yellow;
    if (state == "backoff" || state == "failed") return color::red;
    if (state == "unreachable") return color::magenta;
    return color::dim;
}

bool wants_color(color_mode mode, bool is_terminal, bool no_color) {
    switch (mode) {
    case color_mode::always: return true;
    case color_mode::never: return false;
    case color_mode::automatic: break;
    }
    return is_terminal && !no_color;
}

} // namespace daskd::ctl
