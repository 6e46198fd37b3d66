#pragma once

#include <string>

namespace daskd::config {

/// One thing that is wrong with the configuration, and where it was written.
struct diagnostic {
    std::string file; ///< a path, "environment variable DASK_…" or "command line"
    int line = 0;     ///< from 1; 0 where there are no lines
    int column = 0;   ///< from 1; 0 where there are no lines
    std::string key;  ///< "daskd.pools.local.threads"; empty if the whole file is meant
    std::string text; ///< what is wrong with it

    bool operator==(diagnostic const&) const = default;
};

/// "FILE:LINE:COL: KEY: TEXT", without the parts that are empty.
[[nodiscard]] std::string to_string(diagnostic const& d);

} // namespace daskd::config
