#include "daemon/config/diagnostic.hpp"

namespace daskd::config {

std::string to_string(diagnostic const& d) {
    std::string text = d.file;
    if (d.line > 0) text += ":" + std::to_string(d.line) + ":" + std::to_string(d.column);
    if (!text.empty()) text += ": ";
    if (!d.key.empty()) text += d.key + ": ";
    return text + d.text;
}

} // namespace daskd::config
