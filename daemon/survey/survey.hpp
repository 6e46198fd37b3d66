#pragma once

#include "common/paths.hpp"
#include "daemon/doctor/facts.hpp"
#include "daemon/survey/told.hpp"

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <optional>

namespace daskd::survey {

/// Looks at this machine, the configuration and its hosts, without changing anything. What a running daskd
/// has told is not looked at again. Takes as long as the slowest host, a minute at most; may block, so it
/// is for a process of its own.
[[nodiscard]] boost::asio::awaitable<doctor::facts>
look_around(cluster_paths paths, std::optional<std::filesystem::path> config_file, told heard);

} // namespace daskd::survey
