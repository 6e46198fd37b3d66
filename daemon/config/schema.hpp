#pragma once

#include "daemon/config/table.hpp"

#include <vector>

namespace daskd::config {

/// The schema: every key below `daskd:` with its type and limits, its default and one line of documentation.
/// The same tables check and read the configuration, show it, and write the documented example, the manual
/// page and the JSON Schema, so that these cannot drift. A key of the contract that this version lacks is
/// `planned`; to add it, make it a `setting`.

[[nodiscard]] table<cluster_settings> const& cluster_keys();
[[nodiscard]] table<scheduler_settings> const& scheduler_keys();
[[nodiscard]] table<pool_settings> const& pool_keys();
/// Those of pool_keys() that only pools in job queues have.
[[nodiscard]] table<pool_settings> const& job_keys();

/// The same as a JSON Schema (draft 7), by which editors complete and check a file that Dask reads. It takes
/// all that is good, and refuses unknown keys and wrong types; the rest is said by load().
[[nodiscard]] ordered_json json_schema();

/// The same for people, `daskd` itself at the top; `pools` holds one pool, "local".
[[nodiscard]] key_doc documentation();

} // namespace daskd::config
