#pragma once

#include "daemon/core/plan.hpp"

#include <set>
#include <string>
#include <vector>

namespace daskd::core {

// What the pools of all launchers have in common when a plan is made of them. Only for plan.cpp and its like.

inline constexpr auto loopback = "127.0.0.1";

/// The agent with these properties; pools that agree share one.
std::string const& agent_for(plan& p, agent_spec spec);

/// What an agent of this pool has, wherever it runs; `cores` are those of its host.
[[nodiscard]] agent_spec agent_of(config::pool_settings const& pool, int cores);

/// Of the shell's environment, what means the same on another machine.
[[nodiscard]] environment portable_part(environment const& shell, json const& dask);

/// What the map says of the pool; null: nothing.
template <class Map>
auto const* find(Map const& map, std::string const& pool) {
    auto const it = map.find(pool);
    return it == map.end() ? nullptr : &it->second;
}

/// How the pool adapts, if it does. `most`: its maximum where it has none.
[[nodiscard]] std::optional<adapt_policy> adapt_of(plan_input const& in, config::pool_settings const& pool,
                                                   int most);

[[nodiscard]] std::set<int> first_numbers(int count);

/// Of the workers that the pool is to have.
[[nodiscard]] std::set<int> wanted_numbers(plan_input const& in, config::pool_settings const& pool,
                                           int configured, std::optional<adapt_policy> const& adapt);

/// A pool's workers on one host, and all that they have in common.
struct group {
    config::pool_settings const& pool; ///< as it is on this host
    layout shape;
    std::set<int> numbers;
    agent_spec agent;
    std::string host = this_host;
    std::string name_prefix; ///< of workers that have no name by configuration
    std::string log_dir;
    std::optional<milliseconds> tcp_timeout = {};
    int first_number = 0; ///< names count from here
    bool is_only = false; ///< its one worker is called by the prefix alone
};

void add_group(plan& p, plan_input const& in, group const& g);

} // namespace daskd::core
