#include "daemon/async/directory_watch.hpp"

#include "daemon/async/spawn_task.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <sys/inotify.h>
#include <system_error>
#include <utility>

namespace daskd::async {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t removals = IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW;

} // namespace

/// Lives as long as its loop, which may end a moment after the watch.
class directory_watch::inotify : public std::enable_shared_from_this<inotify> {
public:
    inotify(asio::any_io_executor const& executor, int fd, std::function<void()> on_removal)
        : descriptor_(executor, fd), on_removal_(std::move(on_removal)) {}

    void add(std::filesystem::path const& directory) {
        ::inotify_add_watch(descriptor_.native_handle(), directory.c_str(), removals);
    }

    static asio::awaitable<void> run(std::shared_ptr<inotify> self) {
        std::array<char, 4096> events{};
        while (self->on_removal_) {
            boost::system::error_code ec;
            co_await self->descriptor_.async_read_some(asio::buffer(events),
                                                       asio::redirect_error(asio::use_awaitable, ec));
            if (ec) break;
            if (self->on_removal_) self->on_removal_();
        }
    }

    void stop() {
        on_removal_ = nullptr;
        descriptor_.close();
    }

private:
    asio::posix::stream_descriptor descriptor_;
    std::function<void()> on_removal_;
};

directory_watch::directory_watch(asio::any_io_executor executor,
                                 std::vector<std::filesystem::path> directories,
                                 std::function<void()> on_removal)
    : executor_(std::move(executor)),
      directories_(std::move(directories)),
      on_removal_(std::move(on_removal)) {}

directory_watch::~directory_watch() {
    if (inotify_) inotify_->stop();
}

void directory_watch::renew() {
    if (!inotify_) {
        int const fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (fd < 0) {
            spdlog::warn("cannot watch directories: {}", std::system_category().message(errno));
            return;
        }
        inotify_ = std::make_shared<inotify>(executor_, fd, on_removal_);
        spawn_task(executor_, "watching directories", inotify::run(inotify_));
    }
    for (auto const& directory : directories_)
        inotify_->add(directory);
}

} // namespace daskd::async
