#include "daemon/core/adapt_policy.hpp"

#include "daemon/core/dask_setting.hpp"

#include <algorithm>

namespace daskd::core {

adapt_policy resolve(config::adapt_settings const& settings, json const& dask, int unbounded) {
    auto const whole = [&](std::optional<int> const& own, char const* path, int otherwise) {
        if (own) return *own;
        auto const* value = find_setting(dask, path);
        return value != nullptr && value->is_number_integer() ? value->get<int>() : otherwise;
    };
    auto const duration = [&](std::optional<milliseconds> const& own, char const* path,
                              milliseconds otherwise) {
        if (own) return *own;
        auto const read = find_duration(dask, path);
        return read && *read > milliseconds{0} ? *read : otherwise;
    };
    adapt_policy p;
    p.minimum = std::max(0, whole(settings.minimum, "distributed.adaptive.minimum", p.minimum));
    p.maximum = std::max(p.minimum, whole(settings.maximum, "distributed.adaptive.maximum", unbounded));
    p.interval = duration(settings.interval, "distributed.adaptive.interval", p.interval);
    p.wait_count = std::max(1, whole(settings.wait_count, "distributed.adaptive.wait-count", p.wait_count));
    p.target_duration =
        duration(settings.target_duration, "distributed.adaptive.target-duration", p.target_duration);
    return p;
}

std::string to_string(adapt_policy const& policy) {
    return std::to_string(policy.minimum) + " to " + std::to_string(policy.maximum) + " workers";
}

} // namespace daskd::core
