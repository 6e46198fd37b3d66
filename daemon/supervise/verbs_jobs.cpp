#include "daemon/supervise/unfinished_jobs.hpp"
#include "daemon/supervise/verbs.hpp"

// What users ask of their jobs goes to the job runner, which is started for it.

namespace daskd::supervise {
namespace {

using clock = std::chrono::steady_clock;
using core::process_state;

constexpr std::chrono::seconds start_limit{60};
/// A start that has failed this often in a row is told instead of waited for.
constexpr int telling_attempt = 3;

} // namespace

boost::asio::awaitable<result<void>> verbs::start_runner() {
    if (auto up = need_up(); !up) co_return up.error();
    if (s_.cluster().is_scheduler_stopped())
        co_return error{errc::not_up, "jobs need the scheduler, which is stopped",
                        "start it with: daskctl start-scheduler"};
    s_.perform(s_.cluster().want_runner(clock::now()));
    auto const is_settled = [this] {
        auto const& runner = s_.cluster().runner();
        bool const is_hopeless =
            runner.state == process_state::failed ||
            (runner.state == process_state::backoff && runner.attempt >= telling_attempt);
        return runner.state == process_state::running || is_hopeless || !s_.cluster().is_wanted_up();
    };
    auto waiting = s_.wait_until(is_settled, clock::now() + start_limit);
    co_await std::move(waiting);
    auto const& runner = s_.cluster().runner();
    if (runner.state == process_state::running) co_return result<void>{};
    auto const trouble = s_.cluster().trouble_of(runner);
    co_return error{errc::failed,
                    "the job runner is " + core::to_string(runner.state) +
                        (trouble.empty() ? "" : ": " + trouble),
                    "see: daskctl logs job-runner"};
}

boost::asio::awaitable<result<json>> verbs::ask_runner(std::string op, json params) {
    for (;;) {
        auto starting = start_runner();
        auto const started = co_await std::move(starting);
        if (!started) co_return started.error();
        auto asking = s_.jobs().ask(op, params);
        auto answer = co_await std::move(asking);
        // Its successor knows all that it knew, and each question may be asked twice.
        bool const has_ended = !answer && answer.error().code == errc::not_up;
        if (!has_ended) co_return answer;
        auto ending = s_.wait_until([this] { return s_.cluster().runner().state != process_state::running; },
                                    clock::now() + start_limit);
        co_await std::move(ending);
    }
}

void verbs::resume_jobs() {
    if (s_.cluster().is_wanted_up() && has_unfinished_jobs(s_.paths().jobs_dir()))
        s_.perform(s_.cluster().want_runner(clock::now()));
}

} // namespace daskd::supervise
