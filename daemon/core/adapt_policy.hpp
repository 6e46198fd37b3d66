#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/core/time.hpp"

#include <string>

namespace daskd::core {

/// How a pool follows the load, in the words of Dask's Adaptive.
struct adapt_policy {
    int minimum = 0;
    int maximum = 0;
    milliseconds interval{1'000};        ///< between two looks
    int wait_count = 3;                  ///< looks in a row that must suggest a worker before it goes
    milliseconds target_duration{5'000}; ///< in which the work at hand should be done

    bool operator==(adapt_policy const&) const = default;
};

/// What a pool's `adapt:` means: what it leaves open is as Dask's own configuration `dask` has it
/// (`distributed.adaptive`), else Dask's default. Where both leave the maximum open, which is infinity in
/// Dask, it is `unbounded`: more workers than a host has cores compute nothing sooner.
[[nodiscard]] adapt_policy resolve(config::adapt_settings const& settings, json const& dask, int unbounded);

/// "0 to 10 workers"
[[nodiscard]] std::string to_string(adapt_policy const& policy);

} // namespace daskd::core
