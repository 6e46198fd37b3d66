#include "daemon/rpc/file_watch.hpp"

#include "daemon/async/spawn_task.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace daskd::rpc {

namespace asio = boost::asio;

/// Lives as long as its loop, which may end a moment after the watch.
class file_watch::state {
public:
    state(asio::any_io_executor const& executor, std::filesystem::path file, std::function<void()> on_removed)
        : inotify_(executor), file_(std::move(file)), on_removed_(std::move(on_removed)) {}

    result<void> start() {
        int const fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (fd < 0) return failed();
        inotify_.assign(fd);
        auto const directory = file_.parent_path();
        if (::inotify_add_watch(fd, directory.c_str(), IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR) < 0)
            return failed();
        return {};
    }

    void stop() {
        boost::system::error_code ignored;
        inotify_.close(ignored);
    }

    static asio::awaitable<void> run(std::shared_ptr<state> self) {
        while (self->inotify_.is_open()) {
            boost::system::error_code closed;
            co_await self->inotify_.async_wait(asio::posix::stream_descriptor::wait_read,
                                               asio::redirect_error(asio::use_awaitable, closed));
            if (self->inotify_.is_open() && self->was_removed()) self->on_removed_();
        }
    }

    [[nodiscard]] asio::any_io_executor executor() { return inotify_.get_executor(); }

private:
    [[nodiscard]] error failed() const {
        return {errc::failed,
                "cannot watch " + file_.parent_path().string() + ": " + std::system_category().message(errno),
                "raise fs.inotify.max_user_instances"};
    }

    /// Reads all that the kernel has to tell.
    bool was_removed() {
        alignas(inotify_event) std::array<char, 4096> buffer;
        bool was = false;
        while (true) {
            auto const n = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
            if (n <= 0) return was;
            for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
                auto const& event = *reinterpret_cast<inotify_event const*>(buffer.data() + at);
                was = was || (event.mask & IN_Q_OVERFLOW) != 0 ||
                      (event.len > 0 && file_.filename() == event.name);
                at += sizeof event + event.len;
            }
        }
    }

    asio::posix::stream_descriptor inotify_;
    std::filesystem::path file_;
    std::function<void()> on_removed_;
};

file_watch::file_watch(asio::any_io_executor const& executor, std::filesystem::path file,
                       std::function<void()> on_removed)
    : state_(std::make_shared<state>(executor, std::move(file), std::move(on_removed))) {}

file_watch::~file_watch() {
    state_->stop();
}

result<void> file_watch::start() {
    if (auto started = state_->start(); !started) return started;
    async::spawn_task(state_->executor(), "watching the control socket", state::run(state_));
    return {};
}

} // namespace daskd::rpc
