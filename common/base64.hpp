#pragma once

#include <string>
#include <string_view>

namespace daskd {

[[nodiscard]] std::string base64(std::string_view bytes);

/// With letters that stand in names of files and variables.
[[nodiscard]] std::string base64_url(std::string_view bytes);

} // namespace daskd
