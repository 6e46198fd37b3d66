#pragma once

#include "common/error.hpp"
#include "daemon/process/spawn.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace daskd::process {

/// Of each output of a short command; what is beyond is read and dropped.
inline constexpr std::size_t max_command_output_bytes = std::size_t{1} << 20;

struct command_outcome {
    int wait_status = -1; ///< WIFEXITED …
    std::string out;
    std::string err;
    bool was_cut = false; ///< an output exceeded max_command_output_bytes

    [[nodiscard]] bool succeeded() const { return wait_status == 0; }
};

/// Runs `p` with `input` on its standard input and waits for its end, at most `limit`: then its whole session
/// is killed, and the error is errc::timed_out. The same killing happens on cancellation. An unsuccessful
/// exit is an outcome, not an error. Processes that it leaves in the background are not waited for.
[[nodiscard]] boost::asio::awaitable<result<command_outcome>>
run_command(program p, std::chrono::milliseconds limit, std::string input = {});

} // namespace daskd::process
