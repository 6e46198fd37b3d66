#include "ctl/commands/progress.hpp"

#include "ctl/commands/follow.hpp"
#include "ctl/render/status.hpp"

#include <array>
#include <cstdio>
#include <poll.h>
#include <string>

namespace daskd::ctl {
namespace {

constexpr char const* erase_line = "\r\033[K";

/// Draws the cluster as it is now. An event that arrives meanwhile is older than the answer.
bool draw(client& daemon) {
    auto const status = daemon.call({"cluster.status"});
    if (!status) return false;
    auto const view = cluster_view_from_json(*status);
    if (!view) return false;
    std::fprintf(stderr, "%s%s", erase_line, render_progress(*view).c_str());
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
