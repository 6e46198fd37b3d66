#include "ctl/top/frame.hpp"

#include "ctl/render/table.hpp"

#include <algorithm>

namespace daskd::ctl::top {
namespace {

bool starts_code_point(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

} // namespace

std::size_t width_of(line const& l) {
    std::size_t width = 0;
    for (auto const& s : l)
        width += display_width(s.text);
    return width;
}

std::string text_of(line const& l) {
    std::string text;
    for (auto const& s : l)
        text += s.text;
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

std::string printable(std::string_view text) {
    constexpr std::size_t tab = 8;
    std::string clean;
    std::size_t places = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        bool const is_c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (c == '\t') {
            auto const blanks = tab - places % tab;
            clean.append(blanks, ' ');
            places += blanks;
        } else if (c == 0x1B && i + 1 < text.size() && text[i + 1] == '[') {
            i = std::min(
                text.find_first_of("@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~", i + 2),
                text.size());
        } else if (is_c1) {
            ++i;
        } else if (c >= ' ' && c != 0x7F) {
            clean += text[i];
            if (starts_code_point(text[i])) ++places;
        }
    }
    return clean;
}

line_writer& line_writer::add(std::string_view text, color hue, bool is_bold) {
    auto fitting = cut_to(printable(text), room(), ellipsis_);
    used_ += display_width(fitting);
    if (!fitting.empty()) spans_.push_back({std::move(fitting), hue, is_bold, false});
    return *this;
}

line_writer& line_writer::add(line const& spans) {
    for (auto const& s : spans)
        add(s.text, s.hue, s.is_bold);
    return *this;
}

line_writer& line_writer::to(std::size_t column) {
    auto const gap = column > used_ ? column - used_ : (used_ == 0 ? 0 : 1);
    return add(std::string(std::min(gap, room()), ' '));
}

line_writer& line_writer::field(std::string_view text, std::size_t places, bool is_number, color hue) {
    auto const fitting = cut_to(text, places, ellipsis_);
    std::string const blanks(places - display_width(fitting), ' ');
    if (is_number) add(blanks);
    add(fitting, hue);
    return is_number ? *this : add(blanks);
}

line line_writer::take(bool is_reversed) {
    if (is_reversed) add(std::string(room(), ' '));
    for (auto& s : spans_)
        s.is_reversed = is_reversed;
    return std::move(spans_);
}

} // namespace daskd::ctl::top
