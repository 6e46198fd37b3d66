#include "daemon/hooks/runner.hpp"

#include "common/join.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/hooks/matching.hpp"
#include "daemon/process/find_python.hpp"
#include "daemon/process/short_command.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::hooks {
namespace {

constexpr char const* bound_topic = "on_event";

std::string last_line(std::string text) {
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text.substr(text.rfind('\n') + 1);
}

std::string how_it_failed(process::command_outcome const& done) {
    auto const status = done.wait_status;
    auto how = WIFSIGNALED(status) ? "killed by signal " + std::to_string(WTERMSIG(status))
                                   : "exit code " + std::to_string(WEXITSTATUS(status));
    auto const words = last_line(done.err.empty() ? done.out : done.err);
    return how + (words.empty() ? "" : ": " + words);
}

} // namespace

runner::runner(supervise::supervisor& s)
    : s_(s), listener_(s.add_listener([this](state::event const& e) { on_event(e); })) {}

runner::~runner() {
    s_.remove_listener(listener_);
}

void runner::use(std::vector<config::event_hook> hooks, process::environment env) {
    for (auto const& hook : hooks_) // what failed may be gone by now
        s_.set_warning("on_event " + join(hook.command, " "), "");
    hooks_ = std::move(hooks);
    env_ = std::move(env);
}

void runner::on_event(state::event const& e) {
    for (auto const& hook : hooks_) {
        if (!is_for(hook, e)) continue;
        if (waiting_.size() >= max_waiting) {
            ++left_out_;
            s_.set_warning(bound_topic, "events come faster than the commands of on_event end: some were "
                                        "not passed on");
            continue;
        }
        auto text = to_json(e);
        text["cluster"] = s_.paths().cluster;
        job j{hook.command, env_, to_line(text) + "\n"};
        j.env["DASKD_CLUSTER"] = s_.paths().cluster;
        j.env["DASKD_EVENT"] = name_of(e);
        waiting_.push_back(std::move(j));
    }
    start_waiting();
}

void runner::start_waiting() {
    while (running_ < max_running && !waiting_.empty()) {
        ++running_;
        auto j = std::move(waiting_.front());
        waiting_.pop_front();
        auto const name = "command of on_event " + j.command.front();
        async::spawn_task(s_.executor(), name, run(std::move(j)));
    }
    if (running_ > 0 || !waiting_.empty()) return;
    if (left_out_ > 0) spdlog::warn("{} events were not passed to commands of on_event", left_out_);
    left_out_ = 0;
    s_.set_warning(bound_topic, "");
}

boost::asio::awaitable<void> runner::run(job j) {
    auto const name = join(j.command, " ");
    std::string problem;
    try {
        auto carrying = carry_out(std::move(j));
        auto const done = co_await std::move(carrying);
        if (!done) problem = done.error().what;
    } catch (std::exception const& e) {
        problem = e.what();
    }
    s_.set_warning("on_event " + name, problem.empty() ? "" : "on_event: `" + name + "`: " + problem);
    --running_;
    start_waiting();
    ended_.notify_all();
}

boost::asio::awaitable<result<void>> runner::carry_out(job j) {
    auto const path = j.env.find("PATH");
    process::program p;
    p.argv = j.command;
    p.env = std::move(j.env);
    p.argv.front() = process::find_on_path(j.command.front(), path == p.env.end() ? "" : path->second,
                                           process::is_executable);
    if (p.argv.front().empty())
        co_return error{errc::failed, "there is no '" + j.command.front() + "' on the PATH of `up`", ""};
    auto running = process::run_command(std::move(p), time_limit, std::move(j.input));
    auto const done = co_await std::move(running);
    if (!done && done.error().code == errc::timed_out)
        co_return error{errc::failed, "killed after " + std::to_string(time_limit.count()) + " s", ""};
    if (!done) co_return done.error();
    if (!done->succeeded()) co_return error{errc::failed, how_it_failed(*done), ""};
    co_return result<void>{};
}

boost::asio::awaitable<void> runner::finish(std::chrono::milliseconds limit) {
    auto const until = std::chrono::steady_clock::now() + limit;
    while (running_ > 0 && std::chrono::steady_clock::now() < until)
        co_await ended_.wait(until);
}

} // namespace daskd::hooks
