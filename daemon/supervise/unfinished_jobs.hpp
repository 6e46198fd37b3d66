#pragma once

#include <filesystem>

namespace daskd::supervise {

/// Whether `jobs` (job_runner/PROTOCOL.md) holds a job that has not ended: it needs a job runner.
[[nodiscard]] bool has_unfinished_jobs(std::filesystem::path const& jobs);

} // namespace daskd::supervise
