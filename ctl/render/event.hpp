#pragma once

#include "common/json.hpp"
#include "ctl/render/style.hpp"

#include <string>

namespace daskd::ctl {

/// One event of `daskctl events` as a line without its end: time, name, from → to, cause.
/// Fields that are missing or of another type are left out: a newer daemon may send what we do not know.
[[nodiscard]] std::string render_event(json const& event, style const& paint);

} // namespace daskd::ctl
