#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace daskd {

/// The words as one text, with `separator` between two of them.
[[nodiscard]] inline std::string join(std::vector<std::string> const& words, std::string_view separator) {
    std::string text;
    for (auto const& word : words) {
        if (!text.empty()) text += separator;
        text += word;
    }
    return text;
}

} // namespace daskd
