#include "daemon/state/daemon_lock.hpp"

#include "daemon/state/durable_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <unistd.h>

namespace daskd::state {
namespace {

/// Whether the locked file is still the one that others would find: cleaners of /tmp may have removed it.
bool is_current(int fd, std::filesystem::path const& file) {
    struct stat ours {};
    struct stat found {};
    return ::fstat(fd, &ours) == 0 && ::stat(file.c_str(), &found) == 0 && ours.st_ino == found.st_ino &&
           ours.st_dev == found.st_dev;
}

std::string holder(std::filesystem::path const& file) {
    auto const text = read_whole(file);
    if (!text || !*text || (*text)->empty()) return "another process";
    return "process " + (*text)->substr(0, (*text)->find('\n'));
}

} // namespace

result<daemon_lock> daemon_lock::acquire(std::filesystem::path const& file) {
    while (true) {
        async::unique_fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (!fd)
            return error{errc::failed,
                         "cannot open " + file.string() + ": " + std::system_category().message(errno),
                         "see: ls -l " + file.string() + "; DASKD_RUNTIME_DIR moves it elsewhere"};
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return error{errc::busy,
                             "this cluster has a daskd already: " + holder(file) + " holds " + file.string(),
                             "use daskctl to talk to it"};
            return error{errc::failed,
                         "cannot lock " + file.string() + ": " + std::system_category().message(errno),
                         "see: ls -l " + file.string() + "; DASKD_RUNTIME_DIR moves it elsewhere"};
        }
        if (!is_current(fd.get(), file)) continue;
        // Only information: a full disk must not keep daskd from starting.
        if (::ftruncate(fd.get(), 0) == 0)
            std::ignore = write_all(fd.get(), std::to_string(::getpid()) + "\n");
        return daemon_lock(std::move(fd), file);
    }
}

result<void> daemon_lock::keep() {
    if (is_current(fd_.get(), file_)) return {};
    auto fresh = acquire(file_);
    if (!fresh) return fresh.error();
    *this = std::move(*fresh);
    return {};
}

} // namespace daskd::state
