#include "common/amount.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace daskd {
namespace {

bool is_space(unsigned char c) {
    return std::isspace(c) != 0;
}

bool is_letter(unsigned char c) {
    return std::isalpha(c) != 0;
}

} // namespace

std::optional<amount> parse_amount(std::string_view text) {
    std::string written;
    std::ranges::remove_copy_if(text, std::back_inserter(written), is_space);
    auto const unit_start = std::find_if_not(written.rbegin(), written.rend(), is_letter).base();

    amount read;
    std::transform(unit_start, written.end(), std::back_inserter(read.unit),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::string_view const number(written.begin(), unit_start);
    if (number.empty()) {
        if (read.unit.empty()) return std::nullopt;
        read.number = 1;
        return read;
    }
    auto const [end, failure] = std::from_chars(number.data(), number.data() + number.size(), read.number);
    if (failure != std::errc{} || end != number.data() + number.size() || !std::isfinite(read.number))
        return std::nullopt;
    return read;
}

} // namespace daskd
