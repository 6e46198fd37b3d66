#pragma once

#include "common/host_identity.hpp"
#include "common/json.hpp"
#include "daemon/config/settings.hpp"
#include "daemon/core/job_record.hpp"
#include "daemon/core/port_book.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daskd::state {

/// Where and with what environment the user said `up`.
struct client_context {
    std::map<std::string, std::string> environment;
    std::string cwd;

    bool operator==(client_context const&) const = default;
};

/// Flags of `up`, for the local pool. Empty: as configured.
struct overrides {
    std::optional<int> workers;
    std::optional<int> threads;
    std::optional<std::string> memory; ///< as the user wrote it: "4GiB"

    bool operator==(overrides const&) const = default;
};

/// What `daskctl adapt` said of a pool; empty: it does not adapt.
using adapt_wish = std::optional<config::adapt_settings>;

/// What users want of the cluster: all that daskd must not forget when it ends.
struct intent {
    bool up = false;
    bool started_by_up = false; ///< daskd itself: it ends with the cluster then
    client_context context;
    overrides flags;
    std::vector<std::string> pools;          ///< the only ones to run; empty: all
    std::map<std::string, int> scaled;       ///< workers by pool, as users have said
    std::map<std::string, adapt_wish> adapt; ///< by pool; none: as configured
    std::map<std::string, std::set<int>>
        adapted;                           ///< by pool: the numbers of the workers that adaptation chose
    std::set<std::string> stopped_workers; ///< stay stopped over restarts of the daemon
    bool scheduler_stopped = false;
    std::vector<core::job_record> jobs; ///< that are, or may be, in queues
    std::optional<int> scheduler_port;  ///< kept from the first start on
    std::optional<int> dashboard_port;
    core::port_book::blocks ports; ///< with tunnels: who may listen where
    host_identity owner;           ///< who wrote this
    std::uint64_t revision = 0;    ///< how often it was saved: of two copies, the higher is the newer
    std::uint64_t next_seq = 1;    ///< of events, at least
    std::uint64_t next_incarnation = 1;

    bool operator==(intent const&) const = default;
};

/// The schema that this daskd writes. A newer one is not ours to read.
inline constexpr int intent_schema = 1;

[[nodiscard]] json to_json(intent const& i);

/// Missing fields keep their defaults, unknown ones are ignored. Fails on a wrong type; with
/// errc::bad_configuration on a newer schema.
[[nodiscard]] result<intent> intent_from_json(json const& value);

} // namespace daskd::state
