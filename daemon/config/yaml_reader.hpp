#pragma once

#include "daemon/config/diagnostic.hpp"
#include "daemon/config/node.hpp"

#include <optional>
#include <string>
#include <vector>

namespace daskd::config {

inline constexpr std::size_t max_file_bytes = std::size_t{1} << 20;
inline constexpr int max_depth = 64;
/// Values in one file, those behind aliases counted each time: nine lines of YAML can otherwise fill the
/// memory.
inline constexpr int max_values = 10'000;

/// Reads the text of a configuration file: YAML as Dask reads it (or JSON, which is YAML), with anchors and
/// merge keys. An empty text is an empty map. Duplicate keys are refused under `daskd:`; elsewhere the last
/// one wins, as in Dask. Returns nothing after adding to `problems` if there is no map to be had.
[[nodiscard]] std::optional<node> read_yaml_file(std::string const& text, std::string const& file,
                                                 std::vector<diagnostic>& problems);

/// Reads the YAML text of one value of ours, such as a flag's argument. Every part of it gets `at` as its
/// origin.
[[nodiscard]] std::optional<node> read_yaml_value(std::string const& text, std::string const& key,
                                                  origin const& at, std::vector<diagnostic>& problems);

} // namespace daskd::config
