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

    /// Locks a new file where ours was removed. Fails as acquire() does; the old one is held until then.
    [[nodiscard]] result<void> keep();

private:
    daemon_lock(async::unique_fd fd, std::filesystem::path file)
        : fd_(std::move(fd)), file_(std::move(file)) {}
    async::unique_fd fd_;
    std::filesystem::path file_;
};

} // namespace daskd::state
