#pragma once

#include "common/json.hpp"
#include "ctl/render/style.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace daskd::ctl {

/// A job as `job.progress` tells of it, on one line: bar, numbers, rate, time to come.
[[nodiscard]] std::string render_job_line(json const& job, style const& paint);

/// What failed of it, or keeps it from going on: a few lines, or none.
[[nodiscard]] std::string render_job_troubles(json const& job);

/// A table, a job a line.
[[nodiscard]] std::string render_jobs(std::vector<json> const& jobs, style const& paint);

/// A call that failed (an entry of `job.gather`): its arguments and its traceback.
[[nodiscard]] std::string render_failure(json const& entry, style const& paint);

/// "1,000,000"
[[nodiscard]] std::string show_number(std::uint64_t n);

} // namespace daskd::ctl
