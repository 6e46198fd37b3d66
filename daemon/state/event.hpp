#pragma once

#include "common/json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace daskd::state {

/// Why something happened, as in cluster_view's exit_view.
struct event_cause {
    std::string cause; ///< exit, signal, memory, requested …
    std::optional<int> code;
    std::optional<std::string> signal;
    std::string text;

    bool operator==(event_cause const&) const = default;
};

/// One change that users may want to know of (rpc/METHODS.md).
struct event {
    std::uint64_t seq = 0; ///< given by the log; rises over restarts of the daemon
    std::string at;        ///< ISO 8601, UTC, milliseconds
    std::string kind;      ///< worker.state, cluster.notice …
    std::string name;
    std::string from;
    std::string to;
    std::optional<event_cause> cause;
    std::string text;

    bool operator==(event const&) const = default;
};

[[nodiscard]] json to_json(event const& e);

/// Missing fields keep their defaults, unknown ones are ignored. Fails on a wrong type and without `seq`.
[[nodiscard]] result<event> event_from_json(json const& value);

} // namespace daskd::state
