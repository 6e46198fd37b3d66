#pragma once

#include "common/cluster_view.hpp"
#include "daemon/core/tally.hpp"
#include "daemon/http/own_figures.hpp"

#include <string>

namespace daskd::http {

/// What `/metrics` says: Prometheus' text format. Units are seconds, bytes and cores; counters rise from the
/// start of this daskd on.
[[nodiscard]] std::string render_metrics(cluster_view const& view, core::tally const& counted,
                                         own_figures const& own);

} // namespace daskd::http
