#pragma once

#include "common/error.hpp"
#include "ctl/unique_fd.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace daskd::ctl {

using std::chrono::milliseconds;

/// A point in time after which waiting ends; none: never.
using deadline = std::optional<std::chrono::steady_clock::time_point>;
[[nodiscard]] deadline after(std::optional<milliseconds> limit);

/// Lines over a connected Unix socket. Blocks; each wait ends at its deadline.
class line_socket {
public:
    /// Connects to `path`; an empty optional if nobody listens there. Fails if the listener is not of `uid`.
    [[nodiscard]] static result<std::optional<line_socket>> connect(std::filesystem::path const& path,
                                                                    uid_t uid);

    /// Sends `line` and a line end.
    [[nodiscard]] result<void> write(std::string line);

    /// The next line without its end; an empty optional at the deadline. Fails when the peer has closed.
    [[nodiscard]] result<std::optional<std::string>> read(deadline until);

    [[nodiscard]] int descriptor() const { return fd_.get(); }
    /// The process that listens.
    [[nodiscard]] pid_t peer_pid() const { return peer_; }

private:
    line_socket(unique_fd fd, pid_t peer) : fd_(std::move(fd)), peer_(peer) {}

    std::optional<std::string> take_line();

    unique_fd fd_;
    pid_t peer_ = 0;
    std::string received_;
    std::size_t searched_ = 0; ///< so far no line end in `received_`
};

} // namespace daskd::ctl
