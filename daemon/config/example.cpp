#include "daemon/config/schema.hpp"
#include "daemon/config/show.hpp"

#include <algorithm>

namespace daskd::config {
namespace {

constexpr std::size_t comment_column = 36;

void write(key_doc const& key, std::string const& indentation, std::string& to) {
    auto line = indentation + (key.available ? "" : "# ") + key.name + ":";
    if (!key.default_text.empty()) line += " " + key.default_text;
    auto const comment = text_of(key);
    if (!comment.empty())
        line += std::string(std::max(comment_column, line.size() + 2) - line.size(), ' ') + "# " + comment;
    to += line + "\n";
    for (auto const& field : key.fields)
        write(field, indentation + "  ", to);
}

} // namespace

std::string example() {
    std::string text =
        "# Every key of daskd at its default; each may be left out. This may stand in any file that Dask\n"
        "# reads, such as ~/.config/dask/daskd.yaml. Dask's own settings go beside 'daskd:'.\n";
    write(documentation(), "", text);
    return text;
}

} // namespace daskd::config
