#include "ctl/commands/follow.hpp"

#include <csignal>
#include <unistd.h>

namespace daskd::ctl {

void end_well_on_interrupt() {
    // Followers flush whatever they print at once, so that nothing is lost here.
    auto const end = [](int /*signal*/) { ::_exit(0); };
    std::signal(SIGINT, end);
    std::signal(SIGTERM, end);
}

} // namespace daskd::ctl
