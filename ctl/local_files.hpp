#pragma once

#include "common/json.hpp"
#include "common/paths.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daskd::ctl {

/// What can be read without a daemon, to see why there is none.

struct local_log {
    std::string name;
    std::vector<std::string> lines;
};

/// The last `lines` lines of the logs in `log_dir` that `names` mean (globs; none: all), in the order of
/// their names. A name without a log is `unknown_name`; a glob may match nothing.
[[nodiscard]] result<std::vector<local_log>> read_local_logs(std::filesystem::path const& log_dir,
                                                             std::vector<std::string> const& names,
                                                             std::size_t lines);

/// The events after number `since`, oldest first. A line that is no event (cut short by a crash) is passed
/// over.
[[nodiscard]] std::vector<json> read_local_events(std::filesystem::path const& events_file,
                                                  std::uint64_t since);

/// Why the cluster went down, if it was no verb that took it down: the last word of the history on its state.
[[nodiscard]] std::optional<std::string> read_down_reason(std::filesystem::path const& events_file);

} // namespace daskd::ctl
