#pragma once

#include "common/cluster_view.hpp"
#include "daemon/core/adaptive_look.hpp"
#include "daemon/core/event.hpp"
#include "daemon/core/view.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace daskd::scheduler_link {

/// The scheduler link protocol as values: PROTOCOL.md says what they mean. Pure.

/// What the scheduler is, and the workers that it has.
struct snapshot {
    int pid = 0;
    std::string address;
    std::optional<std::string> dashboard;
    std::string python;
    std::string distributed;
    json identity;                              ///< the content of a Dask scheduler file
    std::map<std::string, std::string> workers; ///< name -> address
};

struct statistics {
    task_counts tasks;
    std::map<std::string, core::worker_numbers> workers; ///< by address
};

struct reply {
    std::uint64_t id = 0;
    json result;
    std::optional<std::string> error;
};

/// The reporter of a job, which is the way to the host agent there, has joined the scheduler or left it.
struct reporter {
    std::string job; ///< its name
    bool is_there = false;
};
/// What a job's host agent says.
struct relayed {
    std::string job;
    json message;
};
/// The agent has closed its end of what was opened.
struct relay_closed {
    std::string job;
};

using message = std::variant<snapshot, reporter, relayed, relay_closed, core::happened::worker_registered,
                             core::happened::worker_unregistered, core::happened::worker_silent,
                             core::happened::client_restart, core::happened::scheduler_closing,
                             core::happened::tasks_counted, statistics, reply>;

/// Reads one message. Fails on one that lacks what it must have; never throws.
[[nodiscard]] result<message> read_message(json const& value);

/// Reads the result of the operation `demand`.
[[nodiscard]] result<core::demand> read_demand(json const& value);

/// Reads the result of the operation `statistics`.
[[nodiscard]] result<statistics> read_statistics(json const& value);

} // namespace daskd::scheduler_link
