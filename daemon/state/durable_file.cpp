#include "daemon/state/durable_file.hpp"

#include "daemon/async/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace daskd::state {
namespace {

std::string remedy(std::filesystem::path const& path, int number) {
    auto const directory = path.parent_path().string();
    switch (number) {
    case ENOSPC: return "make room on the disk of " + directory;
    case EDQUOT: return "your quota on the disk of " + directory + " is used up: remove something there";
    case EROFS:
        return "the disk of " + directory + " is mounted read-only: remount it, or see why with dmesg";
    case EMFILE: return "daskd has too many files open: raise the limit (prlimit --nofile, ulimit -n)";
    case ENFILE: return "this machine has too many files open: raise it with sysctl fs.file-max";
    case EACCES:
    case EPERM: return "make " + directory + " writable for you";
    case ENOENT: return directory + " was removed: it is made again";
    case EIO: return "the disk of " + directory + " fails: see dmesg";
    default: return "";
    }
}

result<void> write_file(std::filesystem::path const& path, std::string_view text, bool is_synced) {
    async::unique_fd const fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) return disk_error("create", path, errno);
    int number = write_all(fd.get(), text);
    if (number == 0 && is_synced && ::fsync(fd.get()) != 0) number = errno;
    if (number == 0) return {};
    ::unlink(path.c_str());
    return disk_error("write", path, number);
}

} // namespace

error disk_error(char const* step, std::filesystem::path const& path, int number) {
    return {errc::failed,
            std::string("cannot ") + step + " " + path.string() + ": " +
                std::system_category().message(number),
            remedy(path, number)};
}

result<std::optional<std::string>> read_whole(std::filesystem::path const& path) {
    async::unique_fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT) return std::optional<std::string>();
    if (!fd) return disk_error("open", path, errno);
    std::string text;
    std::array<char, 64 * 1024> chunk;
    while (true) {
        auto const n = ::read(fd.get(), chunk.data(), chunk.size());
        if (n == 0) return std::optional(std::move(text));
        if (n > 0)
            text.append(chunk.data(), static_cast<std::size_t>(n));
        else if (errno != EINTR)
            return disk_error("read", path, errno);
    }
}

int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        auto const n = ::write(fd, text.data(), text.size());
        if (n >= 0)
            text.remove_prefix(static_cast<std::size_t>(n));
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

result<void> write_durably(std::filesystem::path const& path, std::string_view text) {
    return write_file(path, text, true);
}

result<void> replace_file(std::filesystem::path const& path, std::string_view text) {
    std::filesystem::path const fresh = path.string() + ".new";
    if (auto written = write_file(fresh, text, false); !written) return written;
    if (::rename(fresh.c_str(), path.c_str()) != 0) return disk_error("replace", path, errno);
    return {};
}

void sync_directory(std::filesystem::path const& directory) {
    async::unique_fd const fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd) ::fsync(fd.get());
}

} // namespace daskd::state
