#pragma once

#include <string>

namespace daskd::manual {

/// daskd(8), made from what --help is made from. `date`: YYYY-MM-DD.
[[nodiscard]] std::string daemon_page(std::string const& date);

/// daskd.yaml(5), made from the schema.
[[nodiscard]] std::string configuration_page(std::string const& date);

} // namespace daskd::manual
