#include "daemon/logs/follower.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/logs/followed_file.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <map>
#include <set>
#include <sys/inotify.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace daskd::logs {

namespace asio = boost::asio;
using std::filesystem::path;

namespace {

/// Read from one file before others have their turn.
constexpr std::size_t piece_bytes = 256 * 1024;

} // namespace

/// Lives as long as its loop, which may end a moment after the follower.
///
/// Directories are watched for files that appear, the open files themselves for what is written.
class follower::watcher : public std::enable_shared_from_this<watcher> {
public:
    watcher(asio::any_io_executor const& executor, sink on_lines)
        : inotify_(executor), on_lines_(std::move(on_lines)) {}

    [[nodiscard]] result<void> add(path const& file, std::uint64_t offset);
    void remove(path const& file);
    void stop();
    static asio::awaitable<void> run(std::shared_ptr<watcher> self);

private:
    struct entry {
        followed_file file;
        int watch = -1; ///< on the open file; -1: none is open
    };

    [[nodiscard]] result<void> watch_directory(path const& directory);
    void watch_file(entry& e);
    void unwatch_file(entry& e);
    void take_events();
    void take_event(inotify_event const& event, std::string const& name);
    void read_new_lines();

    asio::posix::stream_descriptor inotify_;
    sink on_lines_;
    std::map<path, entry> entries_;
    std::map<int, path> directories_; ///< by watch
    std::map<int, path> files_;       ///< by watch
    std::set<path> changed_;          ///< to be read
};

result<void> follower::watcher::watch_directory(path const& directory) {
    if (!inotify_.is_open()) {
        int const fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        if (fd < 0)
            return error{errc::failed, "cannot follow logs: " + std::system_category().message(errno),
                         "raise fs.inotify.max_user_instances, or follow fewer logs at once"};
        inotify_.assign(fd);
        async::spawn_task(inotify_.get_executor(), "following logs", run(shared_from_this()));
    }
    int const watch = ::inotify_add_watch(inotify_.native_handle(), directory.c_str(),
                                          IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
    if (watch < 0)
        return error{errno == ENOENT ? errc::unknown_name : errc::failed,
                     "cannot watch " + directory.string() + ": " + std::system_category().message(errno), ""};
    directories_[watch] = directory;
    return {};
}

result<void> follower::watcher::add(path const& file, std::uint64_t offset) {
    if (entries_.contains(file)) return {};
    if (auto watched = watch_directory(file.parent_path()); !watched) return watched;
    auto& added = entries_.emplace(file, entry{followed_file(file, offset), -1}).first->second;
    watch_file(added);
    changed_.insert(file); // written between the caller's look and our watch
    inotify_.cancel();     // wakes the loop
    return {};
}

/// By descriptor, since the path may name another file by now.
void follower::watcher::watch_file(entry& e) {
    if (e.file.fd() < 0) return;
    auto const self = "/proc/self/fd/" + std::to_string(e.file.fd());
    e.watch = ::inotify_add_watch(inotify_.native_handle(), self.c_str(), IN_MODIFY);
    if (e.watch >= 0) files_[e.watch] = e.file.path();
}

void follower::watcher::unwatch_file(entry& e) {
    if (e.watch < 0) return;
    ::inotify_rm_watch(inotify_.native_handle(), e.watch);
    files_.erase(std::exchange(e.watch, -1));
}

void follower::watcher::remove(path const& file) {
    auto const it = entries_.find(file);
    if (it == entries_.end()) return;
    unwatch_file(it->second);
    entries_.erase(it);
    changed_.erase(file);
}

void follower::watcher::stop() {
    boost::system::error_code ignored;
    inotify_.close(ignored);
    entries_.clear();
    changed_.clear();
}

asio::awaitable<void> follower::watcher::run(std::shared_ptr<watcher> self) {
    while (self->inotify_.is_open()) {
        boost::system::error_code cancelled; // by add(), or closed
        if (self->changed_.empty())
            co_await self->inotify_.async_wait(asio::posix::stream_descriptor::wait_read,
                                               asio::redirect_error(asio::use_awaitable, cancelled));
        else
            co_await asio::post(self->inotify_.get_executor(), asio::use_awaitable);
        if (!self->inotify_.is_open()) break;
        self->take_events();
        self->read_new_lines();
    }
}

void follower::watcher::take_events() {
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    while (true) {
        auto const n = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
        if (n <= 0) return;
        for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
            auto const& event = *reinterpret_cast<inotify_event const*>(buffer.data() + at);
            take_event(event, event.len > 0 ? event.name : "");
            at += sizeof event + event.len;
        }
    }
}

void follower::watcher::take_event(inotify_event const& event, std::string const& name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) { // events were lost: look at everything
        for (auto const& [file, _] : entries_)
            changed_.insert(file);
    } else if (auto const file = files_.find(event.wd); file != files_.end()) {
        changed_.insert(file->second);
    } else if (auto const directory = directories_.find(event.wd); directory != directories_.end()) {
        if (auto file_in = directory->second / name; entries_.contains(file_in))
            changed_.insert(std::move(file_in));
    }
}

void follower::watcher::read_new_lines() {
    for (auto const& file : std::set<path>(changed_)) {
        auto const it = entries_.find(file);
        if (it == entries_.end()) continue; // removed by the sink meanwhile
        auto& e = it->second;
        std::vector<std::string> lines;
        bool more = e.file.read(lines, piece_bytes);
        if (!more && e.file.is_replaced()) { // only now: the old file's last lines come first
            unwatch_file(e);
            e.file.reopen();
            watch_file(e);
            more = true;
        }
        if (!more) changed_.erase(file);
        if (!lines.empty()) on_lines_(file, std::move(lines));
    }
}

follower::follower(asio::any_io_executor const& executor, sink on_lines)
    : watcher_(std::make_shared<watcher>(executor, std::move(on_lines))) {}

follower::~follower() {
    stop();
}

result<void> follower::add(path const& file, std::uint64_t offset) {
    return watcher_->add(file, offset);
}

void follower::remove(path const& file) {
    watcher_->remove(file);
}

void follower::stop() {
    watcher_->stop();
}

} // namespace daskd::logs
