#pragma once

#include "daemon/config/table.hpp"

namespace daskd::config {

/// `hosts:` of a pool. An entry is a text (host_names.hpp), or a map with `host:` and keys of a pool that
/// hold on these hosts alone: {host: "gpu[1-4]", workers: 2}.

[[nodiscard]] codec<std::vector<host_settings>> hosts();

/// A single host, such as alice@login1:2222.
[[nodiscard]] codec<host_address> one_host();

/// The JSON Schema of an entry that is a map, and where it is to stand in that of the configuration.
[[nodiscard]] ordered_json host_schema();
inline constexpr auto host_schema_place = "#/definitions/host";

/// What holds on each host of `pool`, whose keys were read from `merged`: reads the entries that are maps
/// once more, over the pool's own.
void resolve_hosts(pool_settings& pool, node const& merged);

} // namespace daskd::config
