#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/doctor/facts.hpp"
#include "daemon/survey/told.hpp"

#include <boost/asio/awaitable.hpp>

namespace daskd::survey {

/// Fills in scheduler, pools, hosts and the user's shell: from what agents told, where they did, else by
/// asking the interpreters, all hosts at once.
[[nodiscard]] boost::asio::awaitable<void>
find_places(doctor::facts& into, config::cluster_settings const& settings, told const& heard);

} // namespace daskd::survey
