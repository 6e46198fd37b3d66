#pragma once

#include "common/error.hpp"
#include "daemon/async/unique_fd.hpp"

#include <filesystem>
#include <utility>

namespace daskd::state {

/// There is one daskd a cluster: the one that holds this lock, for as long as this object lives. The kernel
/// gives it back when the process dies. The file holds our pid, for people, and is never removed.
class daemon_lock {
public:
    /// Fails with errc::busy, naming the holder's pid, if another process has it. Never waits.
    [[nodiscard]] static result<daemon_lock> acquire(std::filesystem::path const& file);

private:
    explicit daemon_lock(async::unique_fd fd) : fd_(std::move(fd)) {}
    async::unique_fd fd_;
};

} // namespace daskd::state
