#pragma once

#include <string>
#include <string_view>

namespace daskd::manual {

/// A manual page, written in roff's man macros. Texts are plain: `code` becomes bold, and what roff would
/// take for its own is escaped. Terms are made by bold() and italic().
class page {
public:
    /// `date`: YYYY-MM-DD.
    page(std::string const& name, int section, std::string const& date, std::string_view summary);

    page& section(std::string_view heading);
    page& subsection(std::string const& term);
    page& paragraph(std::string_view text);
    /// A line of terms.
    page& line(std::string const& terms);
    page& entry(std::string const& term, std::string_view text);
    page& code(std::string_view lines);

    [[nodiscard]] std::string const& text() const { return text_; }

private:
    void begin_paragraph();

    std::string text_;
};

[[nodiscard]] std::string bold(std::string_view text);
[[nodiscard]] std::string italic(std::string_view text);
[[nodiscard]] std::string plain(std::string_view text);

} // namespace daskd::manual
