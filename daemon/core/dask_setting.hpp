#pragma once

#include "common/json.hpp"
#include "daemon/core/time.hpp"

#include <optional>
#include <string_view>

namespace daskd::core {

// Dask's own configuration, as it was read with ours. Everything that takes a default from there asks here.

/// The value at a path such as "distributed.worker.memory.monitor-interval"; hyphen and underscore are equal,
/// as for Dask. Null: it is not there, or null. Owned by `dask`.
[[nodiscard]] json const* find_setting(json const& dask, std::string_view path);

/// Sets the value at a path, spelled with hyphens. What the user spelled otherwise on the way goes: Dask
/// takes both spellings for one, and would let the last win.
void set_setting(json& dask, std::string_view path, json value);

/// A setting that is a duration: a text such as "5s", or a number of seconds. Empty: it is not there, or Dask
/// could not read it either.
[[nodiscard]] std::optional<milliseconds> find_duration(json const& dask, std::string_view path);

} // namespace daskd::core
