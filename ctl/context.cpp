#include "ctl/context.hpp"

#include "ctl/leftovers.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <unistd.h>

namespace daskd::ctl {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// An agent that has lost its daskd starts another: that one is waited for this long.
constexpr auto revival_limit = 5s;
constexpr auto revival_pause = 20ms;
/// Each look for the agent is a connection that it must take, and one that is stopped takes none: after each,
/// the next is twice as far away, up to this.
constexpr auto longest_pause = 1s;

} // namespace

result<std::optional<client>> context::find_daemon() const {
    auto const until = steady_clock::now() + revival_limit;
    steady_clock::time_point next_look;
    steady_clock::duration pause = revival_pause;
    for (;;) {
        auto found = client::connect(paths.control_socket(), ::getuid());
        auto const now = steady_clock::now();
        if (!found || *found || now > until) return found;
        if (now >= next_look) {
            if (require_no_agent(paths, ::getuid())) return found;
            next_look = now + pause;
            pause = std::min<steady_clock::duration>(2 * pause, longest_pause);
        }
        std::this_thread::sleep_for(revival_pause);
    }
}

result<client> context::daemon() const {
    auto found = find_daemon();
    if (!found) return found.error();
    if (!*found)
        return error{errc::no_daemon, "no daskd runs for cluster '" + paths.cluster + "'",
                     "start it with: daskctl up"};
    return std::move(**found);
}

result<context> make_context(global_options options) {
    auto const env = process_environment();
    auto paths = find_paths(options.cluster, env, ::getuid());
    if (!paths) return paths.error();
    bool const is_colored =
        wants_color(options.color, ::isatty(STDOUT_FILENO) == 1, env("NO_COLOR").has_value());
    return context{std::move(options), std::move(*paths), style(is_colored)};
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_json(json const& object) {
    ordered_json shown = {{"schema", 1}};
    for (auto const& [key, value] : object.items())
        shown[key] = value;
    print(to_line(shown) + "\n");
}

void tell(std::string_view message) {
    std::fflush(stdout); // so that both streams interleave as they were written
    std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
}

void complain(error const& e) {
    tell("daskctl: " + e.what);
    if (!e.hint.empty()) tell("  " + e.hint);
}

} // namespace daskd::ctl
