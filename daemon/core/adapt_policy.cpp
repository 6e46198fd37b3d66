#include "daemon/core/adapt_policy.hpp"

#include "common/durations.hpp"

#include <algorithm>

namespace daskd::core {
namespace {

/// A member of `map` whose key may be spelled with hyphens; null if there is none.
json find_setting(json const& map, std::string key) {
    if (!map.is_object()) return nullptr;
    if (auto const it = map.find(key); it != map.end()) return *it;
    std::ranges::replace(key, '_', '-');
    auto const it = map.find(key);
    return it == map.end() ? json(nullptr) : *it;
}

int whole(std::optional<int> const& own, json const& dask, int otherwise) {
    if (own) return *own;
    return dask.is_number_integer() ? dask.get<int>() : otherwise;
}

milliseconds duration(std::optional<milliseconds> const& own, json const& dask, milliseconds otherwise) {
    if (own) return *own;
    if (!dask.is_string() && !dask.is_number()) return otherwise;
    auto const read = parse_duration(dask.is_string() ? dask.get<std::string>() : dask.dump());
    return read && *read > milliseconds{0} ? *read : otherwise;
}

} // namespace

adapt_policy resolve(config::adapt_settings const& settings, json const& dask, int unbounded) {
    auto const adaptive = find_setting(find_setting(dask, "distributed"), "adaptive");
    auto const of_dask = [&](char const* key) { return find_setting(adaptive, key); };
    adapt_policy p;
    p.minimum = whole(settings.minimum, of_dask("minimum"), p.minimum);
    p.maximum = whole(settings.maximum, of_dask("maximum"), unbounded);
    p.interval = duration(settings.interval, of_dask("interval"), p.interval);
    p.wait_count = std::max(1, whole(settings.wait_count, of_dask("wait_count"), p.wait_count));
    p.target_duration = duration(settings.target_duration, of_dask("target_duration"), p.target_duration);
    p.minimum = std::max(0, p.minimum);
    p.maximum = std::max(p.minimum, p.maximum);
    return p;
}

std::string to_string(adapt_policy const& policy) {
    return std::to_string(policy.minimum) + " to " + std::to_string(policy.maximum) + " workers";
}

} // namespace daskd::core
