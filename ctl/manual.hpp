#pragma once

#include <string>

namespace daskd::ctl {

/// daskctl(1), made from what --help is made from. `date`: YYYY-MM-DD.
[[nodiscard]] std::string manual_page(std::string const& date);

} // namespace daskd::ctl
