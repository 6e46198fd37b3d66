#pragma once

#include "common/error.hpp"
#include "common/process_id.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace daskd::process {

/// Waits for the end of a process, a child or not, through a pidfd: no signal, no polling. It never reaps.
class pid_watch {
public:
    /// Fails with errc::unknown_name if that process has ended already (or another has its pid now).
    [[nodiscard]] static result<pid_watch> open(boost::asio::any_io_executor const& executor,
                                                process_id const& id);

    /// The same for a child of ours: nobody else can have its pid, and it may be a zombie already.
    [[nodiscard]] static result<pid_watch> open_child(boost::asio::any_io_executor const& executor,
                                                      pid_t child);

    /// Returns once the process has ended; a child is a zombie then. May be cancelled.
    [[nodiscard]] boost::asio::awaitable<void> wait();

private:
    explicit pid_watch(boost::asio::posix::stream_descriptor pidfd) : pidfd_(std::move(pidfd)) {}
    boost::asio::posix::stream_descriptor pidfd_;
};

/// Waits for a child and reaps it. The result is its wait status (WIFEXITED …); -1 if somebody else has
/// reaped it.
[[nodiscard]] boost::asio::awaitable<int> reap(pid_watch watch, pid_t child);

/// Reaps a child whose status nobody wants, whenever it ends.
void reap_later(boost::asio::any_io_executor const& executor, pid_t child);

} // namespace daskd::process
