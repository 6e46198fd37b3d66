#include "ctl/commands/call.hpp"
#include "ctl/commands/numbers.hpp"
#include "ctl/commands/up_report.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/daemon_process.hpp"
#include "ctl/environment.hpp"

#include <filesystem>
#include <unistd.h>

namespace daskd::ctl {
namespace {

/// Whether the daemon was started with this configuration file.
bool was_started_with(client& daemon, std::string const& file) {
    auto const info = daemon.call({"daemon.info"});
    if (!info) return false;
    auto const it = info->find("config_file");
    if (it == info->end() || !it->is_string()) return false;
    std::error_code ec;
    return std::filesystem::weakly_canonical(file, ec) ==
           std::filesystem::weakly_canonical(it->get<std::string>(), ec);
}

/// From the end of its connections to the daemon's own.
constexpr milliseconds ending_limit{2000};

/// `daskctl up`: the only verb beside `daemon start` that starts a daemon.
class up_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("pool", pools_, "Only these pools; none: all")->type_name("POOL");
        app.add_option("--workers", workers_, "Workers of the pool 'local'")
            ->check(whole_number(0))
            ->type_name("N");
        app.add_option("--threads", threads_, "Threads of each of them")
            ->check(whole_number(1))
            ->type_name("N");
        app.add_option("--memory", memory_, "Memory of each of them: 4GiB, 0.25 (of the host), auto or none")
            ->type_name("M");
        app.add_option("--config", config_, "A configuration file for the daemon that is started")
            ->type_name("FILE");
        wait_.declare(app);
    }

    std::optional<request> ask() const override {
        json params = {{"pools", pools_},
                       {"workers", workers_ ? json(*workers_) : json(nullptr)},
                       {"threads", threads_ ? json(*threads_) : json(nullptr)},
                       {"memory", memory_ ? json(*memory_) : json(nullptr)}};
        wait_.add_to(params);
        return request{"cluster.up", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        auto done = attempt(ctx);
        // It has not heard us if it was just ending with its former cluster.
        if (!done && has_ended(done.error())) done = attempt(ctx);
        return done;
    }

private:
    result<exit_code> attempt(context& ctx) {
        bool started = false;
        auto found = ctx.find_daemon();
        if (!found) return found.error();
        if (!*found) {
            auto const start = start_daemon(ctx, config_);
            if (!start || *start != exit_code::done) return start;
            started = true;
        } else if (!config_.empty() && !was_started_with(**found, config_)) {
            tell("warning: daskd runs already, without --config " + config_ +
                 "; it takes effect after: daskctl down && daskctl daemon stop");
        }
        auto daemon = *found ? result<client>(std::move(**found)) : ctx.daemon();
        if (!daemon) return daemon.error();
        daemon_pid_ = daemon->daemon_pid();

        auto question = *ask();
        question.params["environment"] = cluster_environment(environ);
        question.params["cwd"] = std::filesystem::current_path().string();
        question.params["started_by_up"] = started;
        auto const reply = call_and_wait(ctx, *daemon, question);
        if (!reply) return reply.error();
        return report_up(ctx, *daemon, *reply, !wait_.returns_at_once);
    }

    /// Whether that is why the daemon did not answer.
    [[nodiscard]] bool has_ended(error const& e) const {
        return e.code == errc::no_daemon && daemon_pid_ && wait_for_end(*daemon_pid_, ending_limit);
    }

    std::optional<pid_t> daemon_pid_; ///< of the last that was asked
    std::vector<std::string> pools_;
    std::optional<int> workers_;
    std::optional<int> threads_;
    std::optional<std::string> memory_;
    std::string config_;
    wait_options wait_;
};

} // namespace

std::unique_ptr<verb> make_up() {
    return std::make_unique<up_verb>();
}

} // namespace daskd::ctl
