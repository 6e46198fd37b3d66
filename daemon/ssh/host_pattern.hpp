#pragma once

#include <string_view>

namespace daskd::ssh {

/// Whether `name` matches one pattern of OpenSSH: '*' and '?', case does not count.
[[nodiscard]] bool pattern_matches(std::string_view pattern, std::string_view name);

/// Whether `name` matches a list of patterns, cut at any of `separators`: one has to match, and none with
/// '!'.
[[nodiscard]] bool pattern_list_matches(std::string_view list, std::string_view separators,
                                        std::string_view name);

} // namespace daskd::ssh
