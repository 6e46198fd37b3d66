#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace daskd {

/// A number and its unit, as in "4 GiB".
struct amount {
    double number = 0;
    std::string unit; ///< lower case; empty if none was written
};

/// Reads what dask.utils takes for an amount: white space does not count, a unit alone is one of it. Empty if
/// the number cannot be read. The unit is not judged.
[[nodiscard]] std::optional<amount> parse_amount(std::string_view text);

} // namespace daskd
