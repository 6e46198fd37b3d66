#pragma once

#include <string>
#include <vector>

namespace daskd::logs {

/// Drops the lines before the first one that was written at `epoch_s` (seconds since 1970) or later, as the
/// time stamps say that Dask begins its lines with ("2026-01-31 13:45:10,123", local time). Lines without a
/// stamp belong to the one before them; a log without any stamp is kept whole.
[[nodiscard]] std::vector<std::string> since(std::vector<std::string> lines, double epoch_s);

} // namespace daskd::logs
