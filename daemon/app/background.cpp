#include "daemon/app/background.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::app {
namespace {

/// The parent's part: passes on what the child says.
[[noreturn]] void wait_for_word(int fd, pid_t child) {
    std::string said;
    char chunk[4096];
    for (;;) {
        auto const n = ::read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        said.append(chunk, static_cast<std::size_t>(n));
    }
    if (said.empty()) {
        std::fputs("daskd: ended before it was ready; see its log\n", stderr);
        std::_Exit(1);
    }
    std::fputs(said.c_str() + 1, stderr);
    int const code = said.front() - '0';
    // One that could not start has ended when we say so.
    if (code != 0) ::waitpid(child, nullptr, 0);
    std::_Exit(code);
}

} // namespace

void starter_link::tell(char code, std::string const& text) {
    if (fd_ < 0) return;
    auto const message = code + text;
    [[maybe_unused]] auto const written = ::write(fd_, message.data(), message.size());
    ::close(fd_);
    fd_ = -1;
}

void starter_link::ready() {
    tell('0', "");
}

void starter_link::failed(int code, std::string const& text) {
    if (fd_ < 0) {
        std::fputs(text.c_str(), stderr);
        return;
    }
    tell(static_cast<char>('0' + code), text);
}

starter_link go_to_background() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        std::perror("daskd: pipe");
        std::_Exit(1);
    }
    pid_t const child = ::fork();
    if (child < 0) {
        std::perror("daskd: fork");
        std::_Exit(1);
    }
    if (child > 0) {
        ::close(ends[1]);
        wait_for_word(ends[0], child);
    }
    ::setsid();
    int const null = ::open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; ++fd)
        ::dup2(null, fd);
    // Only the pipe goes with us: the starter's terminal, pipes and sockets must not be held open by a
    // daemon.
    int const kept = ::dup2(ends[1], 3);
    ::close_range(4, ~0U, 0);
    ::fcntl(kept, F_SETFD, FD_CLOEXEC);
    return starter_link::background(kept);
}

} // namespace daskd::app
