#include "ctl/commands/follow.hpp"

#include <csignal>
#include <unistd.h>

namespace daskd::ctl {
namespace {

using std::chrono::steady_clock;

constexpr milliseconds redraw_interval{50};

} // namespace

void end_well_on_interrupt() {
    // Followers flush whatever they print at once, so that nothing is lost here.
    auto const end = [](int /*signal*/) { ::_exit(0); };
    std::signal(SIGINT, end);
    std::signal(SIGTERM, end);
}

result<void> take_burst(client& daemon) {
    auto const end = steady_clock::now() + redraw_interval;
    for (;;) {
        auto const left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now());
        if (left <= milliseconds(0)) return {};
        if (auto const taken = daemon.notification(left); !taken) return taken.error();
    }
}

} // namespace daskd::ctl
