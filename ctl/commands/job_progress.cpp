#include "ctl/commands/job_progress.hpp"

#include "ctl/commands/call.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/job.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>
#include <unistd.h>

namespace daskd::ctl {
namespace {

using namespace std::chrono_literals;

/// The job runner answers at once when there is news; so often it may be asked.
constexpr auto redraw_interval = 100ms;
/// Without news the time to come changes all the same.
constexpr double patience_s = 1.0;
constexpr char erase_line[] = "\r\033[K";
/// Where nobody sees a bar move, a line for each tenth.
constexpr std::uint64_t lines = 10;

/// `progress JOB`
class progress_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("job", job_, "Which job; see: daskctl jobs")->required()->type_name("JOB");
        app.add_flag("--watch", watches_, "Go on until the job has ended; exit code 1 if calls failed");
    }

    std::optional<request> ask() const override { return request{"job.progress", {{"job", job_}}}; }

    result<exit_code> run(context& ctx) override {
        auto const job = watches_ ? watch_job(ctx, job_) : call_any_daemon(ctx, *ask());
        if (!job) return job.error();
        if (ctx.options.wants_json)
            print_json(*job);
        else if (!watches_)
            print(render_job_line(*job, ctx.paint) + "\n" + render_job_troubles(*job));
        return watches_ ? report_end(*job) : exit_code::done;
    }

private:
    std::string job_;
    bool watches_ = false;
};

} // namespace

result<json> watch_job(context const& ctx, std::string const& job) {
    bool const is_terminal = ::isatty(STDERR_FILENO) == 1;
    style const paint(is_terminal && ctx.options.color != color_mode::never);
    std::uint64_t told_of = 0;
    json params = {{"job", job}};
    for (;;) {
        auto reply = call_any_daemon(ctx, {"job.progress", params});
        if (!reply) return reply.error();
        bool const has_ended = reply->value("state", "") != "running";
        auto const calls = std::max<std::uint64_t>(1, reply->value("calls", std::uint64_t{1}));
        auto const done =
            reply->value("finished", std::uint64_t{0}) + reply->value("failed", std::uint64_t{0});
        if (is_terminal) {
            std::fprintf(stderr, "%s%s", erase_line, render_job_line(*reply, paint).c_str());
            if (has_ended) std::fputs("\n", stderr);
        } else if (has_ended || done * lines / calls > told_of) {
            tell(render_job_line(*reply, paint));
            told_of = done * lines / calls;
        }
        if (has_ended) return reply;
        std::this_thread::sleep_for(redraw_interval);
        params["after"] = reply->value("revision", 0);
        params["timeout_s"] = patience_s;
    }
}

exit_code report_end(json const& job) {
    auto const failed = job.value("failed", std::uint64_t{0});
    auto const state = job.value("state", "");
    if (state == "finished" && failed == 0) return exit_code::done;
    auto const name = job.value("job", "");
    if (state == "running") {
        tell("daskctl: '" + name + "' goes on; see: daskctl progress " + name);
        return exit_code::failed;
    }
    auto const what = failed > 0 ? show_number(failed) + " of " +
                                       show_number(job.value("calls", std::uint64_t{0})) + " calls failed"
                                 : "'" + name + "' is " + state;
    tell("daskctl: " + what);
    auto const troubles = render_job_troubles(job);
    if (!troubles.empty()) tell(troubles.substr(0, troubles.size() - 1));
    if (failed > 0) tell("  see: daskctl gather --errors " + name);
    return exit_code::failed;
}

std::unique_ptr<verb> make_progress() {
    return std::make_unique<progress_verb>();
}

} // namespace daskd::ctl
