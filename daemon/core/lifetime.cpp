#include "daemon/core/lifetime.hpp"

#include "common/durations.hpp"
#include "daemon/core/dask_setting.hpp"
#include "daemon/core/walltime.hpp"

#include <algorithm>

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

/// The worker leaves before its job ends. What Dask's configuration says of lifetimes holds if it is shorter.
std::vector<std::string> within_walltime(config::pool_settings const& pool, milliseconds walltime,
                                         json const& dask) {
    auto const leaving = leaving_time(walltime);
    auto own = pool.lifetime;
    if (!own)
        if (auto const read =
                parse_duration(configured_duration(dask, "distributed.worker.lifetime.duration")))
            own = *read;
    auto const lifetime = std::min(own.value_or(walltime), walltime - leaving);
    auto const stagger = pool.lifetime_stagger.value_or(
        own ? std::min(*own / default_stagger_part, leaving / 2) : leaving / 2);
    return {"--lifetime", in_ms(lifetime), "--lifetime-stagger", in_ms(std::min(stagger, leaving / 2))};
}

} // namespace

std::vector<std::string> lifetime_args(config::pool_settings const& pool, json const& dask) {
    if (pool.walltime)
        if (auto const walltime = parse_walltime(pool.launcher, *pool.walltime);
            walltime && config::is_job_queue(pool.launcher))
            return within_walltime(pool, *walltime, dask);
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
