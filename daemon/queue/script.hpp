#pragma once

#include "daemon/queue/job.hpp"

#include <string>
#include <vector>

namespace daskd::queue {

/// What the scripts of all queues have in common.

/// The lines that are not to be skipped, then the job's own directives, each after `prefix` ("#SBATCH ").
[[nodiscard]] std::vector<std::string> header(job const& what, std::vector<std::string> const& lines,
                                              std::string const& prefix);

/// The shell commands that run in the job. `has_lines`: a word may have several.
[[nodiscard]] std::vector<std::string> body(job const& what, bool has_lines);

/// Shebang, header and body.
[[nodiscard]] std::string shell_script(job const& what, std::vector<std::string> const& header);

/// The job's name in letters that every queue takes for a name, and every file system.
[[nodiscard]] std::string plain_name(std::string const& name);

/// `bytes` in units of `unit`, rounded up.
[[nodiscard]] std::string in_units(std::uint64_t bytes, std::uint64_t unit);

} // namespace daskd::queue
