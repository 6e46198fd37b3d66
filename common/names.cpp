#include "common/names.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <fnmatch.h>
#include <vector>

namespace daskd {
namespace {

constexpr std::size_t max_name_length = 64;

bool is_dots(std::string_view name) {
    return name == "." || name == "..";
}

/// Levenshtein distance, where a swap of neighbours counts as one edit.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
        d[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j)
        d[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const change = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

} // namespace

bool is_valid_cluster_name(std::string_view name) {
    auto const allowed = [](unsigned char c) {
        return (std::isalnum(c) != 0 && c < 128) || c == '.' || c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= max_name_length && !is_dots(name) &&
           std::ranges::all_of(name, allowed);
}

bool is_valid_worker_name(std::string_view name) {
    auto const allowed = [](unsigned char c) {
        return c > ' ' && c < 127 &&
               std::string_view("/*?[]\\").find(static_cast<char>(c)) == std::string_view::npos;
    };
    return !name.empty() && name.size() <= max_name_length && !is_dots(name) &&
           std::ranges::all_of(name, allowed);
}

bool glob_matches(std::string_view pattern, std::string_view name) {
    return ::fnmatch(std::string(pattern).c_str(), std::string(name).c_str(), 0) == 0;
}

bool is_glob(std::string_view pattern) {
    return pattern.find_first_of("*?[") != std::string_view::npos;
}

std::optional<std::string> did_you_mean(std::string_view word, std::span<std::string const> candidates) {
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    std::optional<std::string> best;
    for (auto const& candidate : candidates) {
        auto const distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string did_you_mean_or(std::string_view word, std::span<std::string const> candidates,
                            std::string otherwise) {
    auto const meant = did_you_mean(word, candidates);
    return meant ? "did you mean '" + *meant + "'?" : otherwise;
}

} // namespace daskd
