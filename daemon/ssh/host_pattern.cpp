#include "daemon/ssh/host_pattern.hpp"

#include <cctype>

namespace daskd::ssh {
namespace {

int lower(char c) {
    return std::tolower(static_cast<unsigned char>(c));
}

} // namespace

bool pattern_matches(std::string_view pattern, std::string_view name) {
    std::size_t p = 0;
    std::size_t n = 0;
    auto star = std::string_view::npos; // the last one, and what it has taken so far
    std::size_t taken = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(name[n]))) {
            ++p;
            ++n;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            n = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

bool pattern_list_matches(std::string_view list, std::string_view separators, std::string_view name) {
    bool found = false;
    while (!list.empty()) {
        auto const end = list.find_first_of(separators);
        auto pattern = list.substr(0, end);
        list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
        bool const is_negated = pattern.starts_with('!');
        if (is_negated) pattern.remove_prefix(1);
        if (pattern.empty() || !pattern_matches(pattern, name)) continue;
        if (is_negated) return false;
        found = true;
    }
    return found;
}

} // namespace daskd::ssh
