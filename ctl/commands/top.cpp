#include "common/durations.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/top/session.hpp"

#include <unistd.h>

namespace daskd::ctl {
namespace {

class top_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option_function<std::string>(
               "--interval",
               [this](std::string const& text) {
                   auto const interval = parse_duration(text);
                   if (!interval || *interval < least_interval)
                       throw CLI::ValidationError("--interval",
                                                  "'" + text + "' is no duration of 100ms or more");
                   interval_ = *interval;
               },
               "How often figures are renewed (default: 1s); changes of state show at once")
            ->type_name("1s");
    }

    result<exit_code> run(context& ctx) override {
        if (ctx.options.wants_json)
            return error{errc::usage, "top is for people, --json for programs",
                         "a program asks: daskctl status --json; or subscribes: cluster.subscribe"};
        if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1)
            return error{errc::usage, "top needs a terminal for its input and output",
                         "without one: daskctl status"};
        auto opened = top::terminal::open(ctx.paint.is_colored());
        if (!opened) return opened.error();
        top::session session(ctx, std::move(*opened), interval_);
        if (auto done = session.run(); !done) return done.error();
        return exit_code::done;
    }

private:
    static constexpr milliseconds least_interval{100};
    milliseconds interval_{1000};
};

} // namespace

std::unique_ptr<verb> make_top() {
    return std::make_unique<top_verb>();
}

} // namespace daskd::ctl
