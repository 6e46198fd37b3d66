#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace daskd {

/// A cluster name: [A-Za-z0-9._-]{1,64}, not "." or "..".
[[nodiscard]] bool is_valid_cluster_name(std::string_view name);

/// A worker or pool name: printable ASCII without white space, '/' or glob characters, 1 to 64 long; '@'
/// allowed; not "." or "..".
[[nodiscard]] bool is_valid_worker_name(std::string_view name);

/// Whether `name` matches the shell glob `pattern` (*, ?, [abc]).
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name);
[[nodiscard]] bool is_glob(std::string_view pattern);

/// The candidate that `word` was probably meant to be, if one is close enough.
[[nodiscard]] std::optional<std::string> did_you_mean(std::string_view word,
                                                      std::span<std::string const> candidates);

/// The same as a hint, "did you mean 'local-0'?", else `otherwise`.
[[nodiscard]] std::string did_you_mean_or(std::string_view word, std::span<std::string const> candidates,
                                          std::string otherwise);

} // namespace daskd
