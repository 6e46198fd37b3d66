#pragma once

#include "common/error.hpp"
#include "common/process_id.hpp"
#include "daemon/process/spawn.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>

namespace daskd::process {

/// Told once, when a detached process has ended while we live: its wait status, -1 if unknown.
using exit_observer = std::function<void(int wait_status)>;

/// Starts `p` in a session of its own, where it outlives us: input from /dev/null, both outputs appended to
/// `output` (created with mode 0600). While we live it is reaped as it ends, without blocking, and `on_exit`
/// is called. Fails with the reason if the program or the output file cannot be had.
[[nodiscard]] result<process_id> start_detached(boost::asio::any_io_executor const& executor,
                                                program const& p, std::filesystem::path const& output,
                                                exit_observer on_exit = {});

} // namespace daskd::process
