#include "daemon/config/pools.hpp"

#include "daemon/config/job_check.hpp"
#include "daemon/config/schema.hpp"
#include "daemon/config/worker_args.hpp"

#include <algorithm>
#include <cctype>

namespace daskd::config {
namespace {

/// A pool with what the configuration says about it, defaults included.
struct described_pool {
    pool_settings settings;
    node own; ///< without the defaults
    node merged;
    bool readable = true;
};

described_pool describe(std::string const& name, node const* defaults, node const& own) {
    described_pool pool;
    pool.own = own;
    pool.merged = make_map(own.at);
    if (defaults != nullptr && defaults->is == node::kind::map) merge(pool.merged, *defaults);
    if (own.is == node::kind::map) merge(pool.merged, own);
    std::vector<diagnostic> already_reported;
    read_keys(pool_keys(), pool.merged, pool.settings, {already_reported, ""});
    pool.readable = already_reported.empty();
    pool.settings.name = name;
    return pool;
}

/// Where `key` of the pool was written, or the pool itself.
origin const& place_of(described_pool const& pool, std::string_view key) {
    auto const* value = find(pool.merged, key);
    return value == nullptr ? pool.merged.at : value->at;
}

void check_between_keys(described_pool const& pool, reading const& at) {
    auto const& settings = pool.settings;
    if (settings.backoff.initial > settings.backoff.max)
        at.inside("backoff").fail(place_of(pool, "backoff"), "'initial' is longer than 'max'");
    auto const& adapt = settings.adapt;
    if (adapt && adapt->maximum && adapt->minimum.value_or(0) > *adapt->maximum)
        at.inside("adapt").fail(place_of(pool, "adapt"), "'minimum' is above 'maximum'");
    auto const names = static_cast<int>(settings.names.size());
    if (names != 0 && settings.workers.value_or(0) > names)
        at.inside("names").fail(place_of(pool, "names"), "only " + std::to_string(names) + " for " +
                                                             std::to_string(*settings.workers) + " workers");
    check_jobs(settings, pool.own, pool.merged, at);
    for (auto const& complaint : complaints_about_args(settings))
        at.inside("args").fail(place_of(pool, "args"), complaint);
}

/// Whether the pool may name a worker so by itself: POOL-0, POOL-1 …
bool generates(pool_settings const& pool, std::string_view name) {
    auto const prefix = pool.name + "-";
    if (!pool.names.empty() || !name.starts_with(prefix) || name.size() == prefix.size()) return false;
    return std::ranges::all_of(name.substr(prefix.size()),
                               [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The pool other than `self` that has a worker of this name, or may come to have one.
described_pool const* other_owner(std::vector<described_pool> const& pools, std::size_t self,
                                  std::string const& name) {
    for (std::size_t i = 0; i < pools.size(); ++i) {
        if (i == self) continue;
        auto const& other = pools[i].settings;
        // Of two pools that list the same name only the later one is blamed.
        bool const lists = i < self && std::ranges::find(other.names, name) != other.names.end();
        if (lists || generates(other, name)) return &pools[i];
    }
    return nullptr;
}

void check_between_pools(std::vector<described_pool> const& pools, std::size_t self, reading const& at) {
    auto const& pool = pools[self];
    auto const* list = find(pool.merged, "names");
    for (std::size_t i = 0; i < pool.settings.names.size(); ++i) {
        auto const& name = pool.settings.names[i];
        auto const* owner = other_owner(pools, self, name);
        if (owner == nullptr) continue;
        auto const& place = list->is == node::kind::list ? list->items[i].at : list->at;
        at.inside("names").fail(place,
                                "'" + name + "' is also a worker of pool '" + owner->settings.name + "'");
    }
}

} // namespace

std::vector<pool_settings> build_pools(node const& daskd, std::vector<diagnostic>& problems) {
    auto const* defaults = find(daskd, "defaults");
    auto const* pools = find(daskd, "pools");
    std::vector<described_pool> described;
    if (pools == nullptr || pools->is_null())
        described.push_back(describe("local", defaults, make_map(daskd.at)));
    else
        for (auto const& m : pools->members)
            described.push_back(describe(m.key, defaults, m.value));

    std::vector<pool_settings> built;
    for (std::size_t i = 0; i < described.size(); ++i) {
        reading const at(problems, "daskd.pools." + described[i].settings.name);
        if (described[i].readable) {
            check_between_keys(described[i], at);
            check_between_pools(described, i, at);
        }
        built.push_back(described[i].settings);
    }
    return built;
}

} // namespace daskd::config
