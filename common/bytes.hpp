#pragma once

#include "common/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace daskd {

/// A size as dask.utils.parse_bytes reads it: "4GiB", "500 MB", "1e9", "2G" (decimal), "2Gi"; case does not
/// count. Fails (errc::usage) on what cannot be read, on less than nothing and on 2^63 bytes or more.
[[nodiscard]] result<std::uint64_t> parse_bytes(std::string_view text);

/// For people, in binary units with one decimal at most: "512 B", "16 MiB", "1.2 GiB".
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

} // namespace daskd
