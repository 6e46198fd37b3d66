#include "daemon/state/durable_file.hpp"

#include "daemon/async/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace daskd::state {
namespace {

error io_error(char const* step, std::filesystem::path const& path, int number) {
    return {errc::failed,
            std::string("cannot ") + step + " " + path.string() + ": " +
                std::system_category().message(number),
            ""};
}

} // namespace

result<std::optional<std::string>> read_whole(std::filesystem::path const& path) {
    async::unique_fd const fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT) return std::optional<std::string>();
    if (!fd) return io_error("open", path, errno);
    std::string text;
    std::array<char, 64 * 1024> chunk;
    while (true) {
        auto const n = ::read(fd.get(), chunk.data(), chunk.size());
        if (n == 0) return std::optional(std::move(text));
        if (n > 0)
            text.append(chunk.data(), static_cast<std::size_t>(n));
        else if (errno != EINTR)
            return io_error("read", path, errno);
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
    async::unique_fd const fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) return io_error("create", path, errno);
    int number = write_all(fd.get(), text);
    if (number == 0 && ::fsync(fd.get()) != 0) number = errno;
    if (number == 0) return {};
    ::unlink(path.c_str());
    return io_error("write", path, number);
}

void sync_directory(std::filesystem::path const& directory) {
    async::unique_fd const fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd) ::fsync(fd.get());
}

} // namespace daskd::state
