#pragma once

#include <chrono>
#include <filesystem>

namespace daskd::app {

/// Waits until the daskd that holds the lock answers on its control socket: it may only just have started.
/// False: it did not within `limit`.
[[nodiscard]] bool wait_until_served(std::filesystem::path const& control_socket,
                                     std::chrono::milliseconds limit);

} // namespace daskd::app
