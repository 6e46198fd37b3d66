#include "daemon/logs/since.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <optional>

namespace daskd::logs {
namespace {

std::optional<double> stamp_of(std::string const& line) {
    std::tm t{};
    int ms = 0;
    int const read = std::sscanf(line.c_str(), "%4d-%2d-%2d %2d:%2d:%2d,%3d", &t.tm_year, &t.tm_mon,
                                 &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec, &ms);
    if (read != 7) return std::nullopt;
    t.tm_year -= 1900;
    t.tm_mon -= 1;
    t.tm_isdst = -1;
    return static_cast<double>(std::mktime(&t)) + ms / 1000.0;
}

} // namespace

std::vector<std::string> since(std::vector<std::string> lines, double epoch_s) {
    bool has_stamps = false;
    auto const is_later = [&](std::string const& line) {
        auto const stamp = stamp_of(line);
        has_stamps = has_stamps || stamp;
        return stamp && *stamp >= epoch_s;
    };
    auto const first = std::ranges::find_if(lines, is_later);
    if (has_stamps) lines.erase(lines.begin(), first);
    return lines;
}

} // namespace daskd::logs
