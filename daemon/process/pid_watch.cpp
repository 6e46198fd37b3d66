#include "daemon/process/pid_watch.hpp"

#include "daemon/async/spawn_task.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace daskd::process {

namespace asio = boost::asio;

result<pid_watch> pid_watch::open_child(asio::any_io_executor const& executor, pid_t child) {
    auto const fd = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
    if (fd < 0) {
        auto const kind = errno == ESRCH ? errc::unknown_name : errc::failed;
        return error{kind,
                     "cannot watch process " + std::to_string(child) + ": " +
                         std::system_category().message(errno),
                     ""};
    }
    return pid_watch(asio::posix::stream_descriptor(executor, fd));
}

result<pid_watch> pid_watch::open(asio::any_io_executor const& executor, process_id const& id) {
    auto watch = open_child(executor, id.pid);
    // Asked after the pidfd is open: from here on it is this process, whoever gets the pid next.
    if (watch && !is_alive(id))
        return error{errc::unknown_name, "process " + std::to_string(id.pid) + " has ended", ""};
    return watch;
}

namespace {

bool has_ended(int pidfd) {
    pollfd asked{pidfd, POLLIN, 0};
    return ::poll(&asked, 1, 0) == 1;
}

} // namespace

asio::awaitable<void> pid_watch::wait() {
    // Asio may call us for an event of the descriptor that had this one's place in its reactor before.
    do
        co_await pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    while (!has_ended(pidfd_.native_handle()));
}

asio::awaitable<int> reap(pid_watch watch, pid_t child) {
    co_await watch.wait();
    int status = 0;
    co_return ::waitpid(child, &status, WNOHANG) == child ? status : -1;
}

namespace {

asio::awaitable<void> reap_quietly(pid_watch watch, pid_t child) {
    co_await reap(std::move(watch), child);
}

} // namespace

void reap_later(asio::any_io_executor const& executor, pid_t child) {
    if (auto watch = pid_watch::open_child(executor, child))
        async::spawn_task(executor, "reaping", reap_quietly(std::move(*watch), child));
}

} // namespace daskd::process
