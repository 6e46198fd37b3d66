#include "daemon/core/lifetime.hpp"

#include "common/durations.hpp"
#include "daemon/core/dask_setting.hpp"

namespace daskd::core {
namespace {

constexpr int default_stagger_part = 10;

std::string in_ms(config::milliseconds duration) {
    return std::to_string(duration.count()) + "ms";
}

/// As Dask's configuration has it: a number is seconds. Empty: not configured.
std::string configured_duration(json const& dask, char const* path) {
    auto const* value = find_setting(dask, path);
    if (value == nullptr) return {};
    return value->is_string() ? value->get<std::string>() : value->dump() + "s";
}

} // namespace

std::vector<std::string> lifetime_args(config::pool_settings const& pool, json const& dask) {
    auto const duration = pool.lifetime ? in_ms(*pool.lifetime)
                                        : configured_duration(dask, "distributed.worker.lifetime.duration");
    if (duration.empty()) return {};
    auto stagger = pool.lifetime_stagger ? in_ms(*pool.lifetime_stagger)
                                         : configured_duration(dask, "distributed.worker.lifetime.stagger");
    if (stagger.empty())
        if (auto const known = parse_duration(duration)) stagger = in_ms(*known / default_stagger_part);
    if (stagger.empty()) return {"--lifetime", duration}; // Dask will say what is wrong with it
    return {"--lifetime", duration, "--lifetime-stagger", stagger};
}

} // namespace daskd::core
