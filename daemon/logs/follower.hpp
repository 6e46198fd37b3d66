#pragma once

#include "common/error.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace daskd::logs {

/// Follows several logs and hands on whole lines as they are written. The kernel tells when there is
/// something (inotify): a quiet log costs nothing. A flood comes in pieces, between which others have their
/// turn.
class follower {
public:
    /// New lines of one file, in order. It may call anything of the follower.
    using sink = std::function<void(std::filesystem::path const& file, std::vector<std::string> lines)>;

    follower(boost::asio::any_io_executor const& executor, sink on_lines);
    ~follower(); ///< as stop()
    follower(follower const&) = delete;
    follower& operator=(follower const&) = delete;

    /// Follows `file` from `offset` on (log_tail::offset). It need not be there yet, but its directory must.
    /// The sink is called from the event loop, never from here. Adding a file again does nothing.
    [[nodiscard]] result<void> add(std::filesystem::path const& file, std::uint64_t offset);
    void remove(std::filesystem::path const& file);
    /// No line is handed on after this.
    void stop();

private:
    class watcher;
    std::shared_ptr<watcher> watcher_;
};

} // namespace daskd::logs
