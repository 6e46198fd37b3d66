#pragma once

#include "common/json.hpp"
#include "ctl/render/style.hpp"

#include <string>

namespace daskd::ctl {

/// The findings of `doctor`, a line each, and below those that are not fine what mends them.
/// `findings`: [{check, verdict, saw, remedy}].
[[nodiscard]] std::string render_findings(json const& findings, style paint);

} // namespace daskd::ctl
