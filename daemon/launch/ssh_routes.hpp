#pragma once

#include "daemon/config/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>

namespace daskd::launch {

/// By which address of this machine each remote host of the pools is reached, or the first host on the way to
/// it. Hosts whose names cannot be looked up within some seconds are left out.
[[nodiscard]] boost::asio::awaitable<std::map<std::string, std::string>>
routes_to_hosts(std::vector<config::pool_settings> pools);

} // namespace daskd::launch
