#include "daemon/config/pools.hpp"

#include "common/names.hpp"
#include "daemon/config/hosts_key.hpp"
#include "daemon/config/job_check.hpp"
#include "daemon/config/schema.hpp"
#include "daemon/config/worker_args.hpp"

#include <algorithm>
#include <cctype>

namespace daskd::config {

std::string name_prefix(pool_settings const& pool, host_settings const& host) {
    return pool.name + "-" + host.address.name + "-";
}

namespace {

/// A pool with what the configuration says about it, defaults included.
struct described_pool {
    pool_settings settings;
    node own; ///< without the defaults
    node merged;
    bool readable = true;
};

described_pool describe_pool(std::string const& name, node const* defaults, node const& own) {
    described_pool pool;
    pool.own = own;
    pool.merged = make_map(own.at);
    if (defaults != nullptr && defaults->is == node::kind::map) merge(pool.merged, *defaults);
    if (own.is == node::kind::map) merge(pool.merged, own);
    std::vector<diagnostic> already_reported;
    read_keys(pool_keys(), pool.merged, pool.settings, {already_reported, ""});
    pool.readable = already_reported.empty();
    pool.settings.name = name;
    if (pool.readable) resolve_hosts(pool.settings, pool.merged);
    return pool;
}

/// What `hosts` and the other keys say of each other.
void check_hosts(described_pool const& pool, reading const& at) {
    auto const& settings = pool.settings;
    bool const has_hosts = !settings.hosts.empty();
    auto const fail = [&](char const* key, std::string text) {
        at.inside(key).fail(place_of(pool.merged, key), std::move(text));
    };
    if (settings.launcher != launcher_kind::ssh) {
        if (has_hosts) fail("hosts", "only with 'launcher: ssh'");
        return;
    }
    if (!has_hosts) fail("hosts", "'launcher: ssh' needs at least one host");
    if (settings.adapt) fail("adapt", "not with 'launcher: ssh' in this version");
    if (!settings.names.empty())
        fail("names", "name the workers of each host: hosts: [{host: node1, names: [a, b]}]");
    constexpr std::size_t digits_at_most = 6;
    for (auto const& host : settings.hosts) {
        auto const names = host.own.empty() ? 0 : static_cast<int>(host.own.front().names.size());
        if (names != 0 && host.own.front().workers.value_or(0) > names)
            fail("hosts", "'" + host.address.name + "': only " + std::to_string(names) + " names for " +
                              std::to_string(*host.own.front().workers) + " workers");
        auto const longest = name_prefix(settings, host) + std::string(digits_at_most, '0');
        if (names == 0 && !is_valid_worker_name(longest))
            fail("hosts", "'" + host.address.name + "' is too long for names of workers such as '" +
                              name_prefix(settings, host) +
                              "0' (64 at most); ~/.ssh/config can give it a short one");
    }
}

void check_between_keys(described_pool const& pool, reading const& at) {
    auto const& settings = pool.settings;
    check_hosts(pool, at);
    if (settings.backoff.initial > settings.backoff.max)
        at.inside("backoff").fail(place_of(pool.merged, "backoff"), "'initial' is longer than 'max'");
    auto const& adapt = settings.adapt;
    if (adapt && adapt->maximum && adapt->minimum.value_or(0) > *adapt->maximum)
        at.inside("adapt").fail(place_of(pool.merged, "adapt"), "'minimum' is above 'maximum'");
    auto const names = static_cast<int>(settings.names.size());
    if (names != 0 && settings.workers.value_or(0) > names)
        at.inside("names").fail(place_of(pool.merged, "names"), "only " + std::to_string(names) + " for " +
                                                                    std::to_string(*settings.workers) +
                                                                    " workers");
    check_jobs(settings, pool.own, pool.merged, at);
    for (auto const& complaint : complaints_about_args(settings))
        at.inside("args").fail(place_of(pool.merged, "args"), complaint);
}

/// What the names that a pool gives by itself begin with: POOL-, or POOL-HOST- for each host.
std::vector<std::string> name_prefixes(pool_settings const& pool) {
    std::vector<std::string> prefixes;
    if (pool.hosts.empty() && pool.names.empty()) prefixes.push_back(pool.name + "-");
    for (auto const& host : pool.hosts)
        if (host.own.empty() || host.own.front().names.empty()) prefixes.push_back(name_prefix(pool, host));
    return prefixes;
}

/// Whether the pool may name a worker so by itself: POOL-0, POOL-1 …
bool generates(pool_settings const& pool, std::string_view name) {
    return std::ranges::any_of(name_prefixes(pool), [&](std::string const& prefix) {
        return name.starts_with(prefix) && name.size() > prefix.size() &&
               std::ranges::all_of(name.substr(prefix.size()), [&](unsigned char c) {
                   return std::isdigit(c) != 0 || (c == '-' && pool.processes > 1); // POOL-JOB-0
               });
    });
}

/// All names that the configuration gives, with where they stand.
std::vector<std::pair<std::string, origin>> given_names(described_pool const& pool) {
    std::vector<std::pair<std::string, origin>> names;
    auto const* list = find(pool.merged, "names");
    for (std::size_t i = 0; i < pool.settings.names.size(); ++i)
        names.emplace_back(pool.settings.names[i],
                           list->is == node::kind::list ? list->items[i].at : list->at);
    for (auto const& host : pool.settings.hosts)
        if (!host.own.empty())
            for (auto const& name : host.own.front().names)
                names.emplace_back(name, place_of(pool.merged, "hosts"));
    return names;
}

/// The pool other than `self` that has a worker of this name, or may come to have one.
described_pool const* other_owner(std::vector<described_pool> const& pools, std::size_t self,
                                  std::string const& name) {
    for (std::size_t i = 0; i < pools.size(); ++i) {
        if (i == self) continue;
        // Of two pools that list the same name only the later one is blamed.
        auto const& listed = given_names(pools[i]);
        bool const lists =
            i < self && std::ranges::any_of(listed, [&](auto const& given) { return given.first == name; });
        if (lists || generates(pools[i].settings, name)) return &pools[i];
    }
    return nullptr;
}

void check_between_pools(std::vector<described_pool> const& pools, std::size_t self, reading const& at) {
    auto const& pool = pools[self];
    auto const key = pool.settings.hosts.empty() ? "names" : "hosts";
    for (auto const& [name, place] : given_names(pool))
        if (auto const* owner = other_owner(pools, self, name))
            at.inside(key).fail(place,
                                "'" + name + "' is also a worker of pool '" + owner->settings.name + "'");
    for (auto const& prefix : name_prefixes(pool.settings))
        for (std::size_t i = 0; i < self; ++i)
            if (std::ranges::count(name_prefixes(pools[i].settings), prefix) > 0)
                at.fail(pool.merged.at, "its workers would be called '" + prefix + "0' … as those of pool '" +
                                            pools[i].settings.name + "'");
}

} // namespace

std::vector<pool_settings> build_pools(node const& daskd, std::vector<diagnostic>& problems) {
    auto const* defaults = find(daskd, "defaults");
    auto const* pools = find(daskd, "pools");
    std::vector<described_pool> described;
    if (pools == nullptr || pools->is_null())
        described.push_back(describe_pool("local", defaults, make_map(daskd.at)));
    else
        for (auto const& m : pools->members)
            described.push_back(describe_pool(m.key, defaults, m.value));

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
