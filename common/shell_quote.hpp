#pragma once

#include <string>
#include <string_view>

namespace daskd {

/// `text` as one word of a POSIX shell; plain where that is safe.
[[nodiscard]] std::string shell_quote(std::string_view text);

} // namespace daskd
