#include "daemon/queue/xml.hpp"

#include <array>
#include <utility>

namespace daskd::queue {
namespace {

std::string resolved(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> entities{
        {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}}};
    std::string plain;
    while (!text.empty()) {
        std::size_t length = 1;
        char character = text.front();
        for (auto const& [entity, meaning] : entities)
            if (text.starts_with(entity)) {
                length = entity.size();
                character = meaning;
            }
        plain += character;
        text.remove_prefix(length);
    }
    return plain;
}

} // namespace

std::vector<std::string_view> elements(std::string_view xml, std::string_view name) {
    auto const opening = "<" + std::string(name);
    auto const closing = "</" + std::string(name) + ">";
    std::vector<std::string_view> found;
    for (;;) {
        auto const start = xml.find(opening);
        if (start == std::string_view::npos) return found;
        xml.remove_prefix(start + opening.size());
        if (xml.empty() || (xml.front() != '>' && xml.front() != ' ')) continue; // another, longer name
        auto const inside = xml.find('>');
        auto const end = xml.find(closing);
        if (end == std::string_view::npos || inside > end) return found;
        found.push_back(xml.substr(inside + 1, end - inside - 1));
        xml.remove_prefix(end + closing.size());
    }
}

std::string element_text(std::string_view xml, std::string_view name) {
    auto const all = elements(xml, name);
    return all.empty() ? "" : resolved(all.front());
}

} // namespace daskd::queue
