#include "daemon/core/walltime.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;
using config::launcher_kind;

constexpr long longest_part = 1'000'000; // of hours, minutes or seconds

std::optional<long> whole(std::string_view text) {
    long number = 0;
    auto const* end = text.data() + text.size();
    auto const [stop, failure] = std::from_chars(text.data(), end, number);
    bool const is_good = failure == std::errc{} && stop == end && number >= 0 && number <= longest_part;
    return is_good ? std::optional(number) : std::nullopt;
}

/// The numbers between colons.
std::optional<std::vector<long>> parts_of(std::string_view text) {
    std::vector<long> parts;
    while (true) {
        auto const colon = text.find(':');
        auto const part = whole(text.substr(0, colon));
        if (!part) return std::nullopt;
        parts.push_back(*part);
        if (colon == std::string_view::npos) return parts;
        text.remove_prefix(colon + 1);
    }
}

milliseconds seconds_of(std::vector<long> const& parts, std::vector<long> const& units) {
    milliseconds sum{0};
    for (std::size_t n = 0; n < parts.size(); ++n)
        sum += std::chrono::seconds(parts[n] * units[n]);
    return sum;
}

/// [DAYS-]HOURS[:MINUTES[:SECONDS]] with days; MINUTES, MINUTES:SECONDS or HOURS:MINUTES:SECONDS without.
std::optional<milliseconds> slurms(std::string_view text) {
    auto const dash = text.find('-');
    bool const has_days = dash != std::string_view::npos;
    auto const days = has_days ? whole(text.substr(0, dash)) : std::optional(0L);
    auto const parts = parts_of(has_days ? text.substr(dash + 1) : text);
    if (!days || !parts || parts->size() > 3) return std::nullopt;
    auto const day = std::chrono::hours(24 * *days);
    if (has_days) return day + seconds_of(*parts, {3600, 60, 1});
    if (parts->size() == 3) return seconds_of(*parts, {3600, 60, 1});
    return seconds_of(*parts, {60, 1});
}

} // namespace

std::optional<milliseconds> parse_walltime(launcher_kind queue, std::string_view text) {
    if (queue == launcher_kind::htcondor) return std::nullopt; // it has none
    if (queue == launcher_kind::slurm) return slurms(text);
    if (queue == launcher_kind::lsf) text = text.substr(0, text.find('/')); // behind it: a kind of host
    auto const parts = parts_of(text);
    if (!parts || parts->size() > 3) return std::nullopt;
    if (queue == launcher_kind::lsf) {
        if (parts->size() > 2) return std::nullopt;
        return parts->size() == 2 ? seconds_of(*parts, {3600, 60}) : seconds_of(*parts, {60});
    }
    if (parts->size() == 3) return seconds_of(*parts, {3600, 60, 1});
    return parts->size() == 2 ? seconds_of(*parts, {60, 1}) : seconds_of(*parts, {1});
}

milliseconds leaving_time(milliseconds walltime) {
    return std::min(walltime / 3, std::clamp<milliseconds>(walltime / 12, 20s, 5min));
}

} // namespace daskd::core
