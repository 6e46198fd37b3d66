#include "ctl/commands/progress.hpp"

#include "ctl/commands/follow.hpp"
#include "ctl/render/status.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>

namespace daskd::ctl {
namespace {

constexpr char erase_line[] = "\r\033[K";

/// How much of a line fits; the cursor needs a place too.
std::optional<std::size_t> line_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
    return size.ws_col - 1U;
}

/// While it lives, Ctrl-C takes the line away before it ends the program as it would have.
class clean_interrupt {
public:
    clean_interrupt() : before_(std::signal(SIGINT, erase_and_end)) {}
    ~clean_interrupt() { std::signal(SIGINT, before_); }
    clean_interrupt(clean_interrupt const&) = delete;
    clean_interrupt& operator=(clean_interrupt const&) = delete;

private:
    static void erase_and_end(int signal) {
        (void)!::write(STDERR_FILENO, erase_line, sizeof erase_line - 1);
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }
    void (*before_)(int);
};

/// Draws the cluster as it is now. An event that arrives meanwhile is older than the answer.
bool draw(client& daemon) {
    auto const status = daemon.call({"cluster.status"});
    if (!status) return false;
    auto const view = cluster_view_from_json(*status);
    if (!view) return false;
    std::fprintf(stderr, "%s%s", erase_line, render_progress(*view, line_width()).c_str());
    return true;
}

std::optional<client> subscribe(context const& ctx) {
    auto daemon = ctx.find_daemon();
    if (!daemon || !*daemon || !(*daemon)->call({"events.subscribe"})) return std::nullopt;
    return std::move(*daemon);
}

} // namespace

void show_progress_until(context const& ctx, int descriptor, std::optional<milliseconds> limit) {
    auto watcher = subscribe(ctx);
    clean_interrupt const interrupt;
    bool is_alive = watcher && draw(*watcher);
    while (is_alive) {
        std::array<pollfd, 2> readable{{{descriptor, POLLIN, 0}, {watcher->descriptor(), POLLIN, 0}}};
        int const ready =
            ::poll(readable.data(), readable.size(), limit ? static_cast<int>(limit->count()) : -1);
        if (ready == 0 || readable[0].revents != 0) break;
        if (readable[1].revents != 0) is_alive = take_burst(*watcher) && draw(*watcher);
    }
    std::fputs(erase_line, stderr);
}

} // namespace daskd::ctl
