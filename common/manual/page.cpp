#include "common/manual/page.hpp"

#include "common/version.hpp"

namespace daskd::manual {
namespace {

/// Minus signs stay minus signs, so that options can be copied; a dot or a quote that begins a line is text.
std::string escape(std::string_view text) {
    std::string escaped;
    bool begins_line = true;
    for (char const c : text) {
        if (begins_line && (c == '.' || c == '\'')) escaped += "\\&";
        if (c == '\\')
            escaped += "\\e";
        else if (c == '-')
            escaped += "\\-";
        else
            escaped += c;
        begins_line = c == '\n';
    }
    return escaped;
}

/// Text with `code` in it.
std::string prose(std::string_view text) {
    std::string written;
    bool is_code = false;
    while (!text.empty()) {
        auto const end = text.find('`');
        auto const part = text.substr(0, end);
        written += is_code ? bold(part) : plain(part);
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
        is_code = !is_code;
    }
    return written;
}

std::string upper(std::string_view text) {
    std::string raised(text);
    for (char& c : raised)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return raised;
}

} // namespace

std::string bold(std::string_view text) {
    return text.empty() ? "" : "\\fB" + escape(text) + "\\fR";
}

std::string italic(std::string_view text) {
    return text.empty() ? "" : "\\fI" + escape(text) + "\\fR";
}

std::string plain(std::string_view text) {
    return escape(text);
}

page::page(std::string const& name, int section, std::string const& date, std::string_view summary) {
    text_ = ".TH " + upper(name) + " " + std::to_string(section) + " " + date + " \"daskd " + version +
            "\" \"daskd\"\n";
    this->section("NAME");
    text_ += plain(name) + " \\- " + plain(summary) + "\n";
}

page& page::section(std::string_view heading) {
    text_ += ".SH " + plain(upper(heading)) + "\n";
    return *this;
}

page& page::subsection(std::string const& term) {
    text_ += ".SS " + term + "\n";
    return *this;
}

page& page::paragraph(std::string_view text) {
    begin_paragraph();
    text_ += prose(text) + "\n";
    return *this;
}

page& page::line(std::string const& terms) {
    text_ += terms + "\n";
    return *this;
}

page& page::entry(std::string const& term, std::string_view text) {
    text_ += ".TP\n" + term + "\n" + prose(text) + "\n";
    return *this;
}

page& page::code(std::string_view lines) {
    while (lines.ends_with('\n'))
        lines.remove_suffix(1);
    begin_paragraph();
    text_ += ".RS 4\n.EX\n" + escape(lines) + "\n.EE\n.RE\n";
    return *this;
}

void page::begin_paragraph() {
    auto const line = text_.rfind('\n', text_.size() - 2) + 1;
    bool const is_below_heading = text_.compare(line, 2, ".S") == 0; // where the macro would be one too many
    if (!is_below_heading) text_ += ".PP\n";
}

} // namespace daskd::manual
