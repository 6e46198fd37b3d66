#include "daemon/app/daemon.hpp"

#include "common/version.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/process/descriptors.hpp"
#include "daemon/process/spawn.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace daskd::app {
namespace {

/// The local agents start a daskd that vanishes again, as it was started, in the background. They leave it to
/// systemd where that does so.
launch::survival how_to_survive(cluster_paths const& paths, options const& o,
                                service_manager const& manager) {
    if (manager.is_there()) return {std::nullopt, manager.unit()};
    agent_link::revival r;
    r.argv = {std::filesystem::read_symlink("/proc/self/exe").string(), "--cluster", paths.cluster,
              "--background"};
    if (o.config_file) r.argv.insert(r.argv.end(), {"--config", o.config_file->string()});
    r.env = process::own_environment();
    r.cwd = "/";
    return {r, ""};
}

/// How long the commands of on_event may take when daskd ends.
constexpr std::chrono::seconds hook_grace{2};

process::environment with_own_environment(core::environment const& context) {
    auto env = process::own_environment();
    for (auto const& [name, value] : context)
        env[name] = value;
    return env;
}

} // namespace

daemon::daemon(prepared p, options const& o, service_manager manager)
    : paths_(p.paths),
      lock_(std::move(p.lock)),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      supervisor_(io_, p.paths, std::move(p.intent), how_to_survive(paths_, o, manager)),
      verbs_(supervisor_, supervise::planner(paths_, o.config_file)),
      adapter_(verbs_),
      hooks_(supervisor_),
      http_(io_, supervisor_),
      feed_(supervisor_),
      upkeep_(io_.get_executor(), {paths_.runtime_dir, paths_.state_dir, paths_.log_dir()},
              [this](std::string const& text) { supervisor_.set_impairment(text); }),
      context_{supervisor_, verbs_, feed_, [this](bool leave_cluster) { end(leave_cluster); }},
      server_(io_, paths_.control_socket(), ::getuid(), methods_),
      manager_(std::move(manager)),
      notice_(std::move(p.notice)),
      is_intent_lost_(p.is_intent_lost) {
    rpc::add_all_methods(methods_, context_);
    verbs_.on_settings([this](config::cluster_settings const& settings, core::environment const& context) {
        hooks_.use(settings.on_event, with_own_environment(context));
        http_.serve_at(settings.http);
        upkeep_.look_soon();
    });
    add_keepers();
}

void daemon::add_keepers() {
    upkeep_.add([this] { return make_directories(paths_); });
    upkeep_.add([this] { return lock_.keep(); });
    upkeep_.add([this] { return server_.keep(); });
    upkeep_.add([this] { return supervisor_.keep_sockets(); });
    upkeep_.add([this] { return supervisor_.keep_intent_file(); });
    upkeep_.add([this] { return supervisor_.keep_history(); });
    upkeep_.add([this] { return supervisor_.keep_scheduler_file(); });
    upkeep_.add([this] { return http_.keep(); });
    supervisor_.on_trouble([this] { upkeep_.look_soon(); });
    server_.on_trouble([this] { upkeep_.look_soon(); });
}

result<void> daemon::run(starter_link starter) {
    ::signal(SIGPIPE, SIG_IGN);
    process::allow_descriptors();
    spdlog::info("daskd {} (pid {}) serves cluster '{}' at {}", version, ::getpid(), paths_.cluster,
                 paths_.control_socket().string());
    starter_ = starter;
    on_signal();
    async::spawn_task(io_.get_executor(), "start", begin());
    async::spawn_task(io_.get_executor(), "ending with the cluster", end_with_cluster());
    async::spawn_task(io_.get_executor(), "adaptive scaling", adapter_.run());
    async::spawn_task(io_.get_executor(), "status feed", feed_.run());
    async::spawn_task(io_.get_executor(), "watchdog", manager_.keep_watchdog_quiet());
    io_.run();
    spdlog::info("daskd (pid {}) ends", ::getpid());
    return outcome_;
}

void daemon::on_signal() {
    signals_.async_wait([this](boost::system::error_code ec, int signal) {
        if (ec) return;
        spdlog::info("received signal {}", signal);
        if (signal == SIGHUP)
            async::spawn_task(io_.get_executor(), "reload", reload());
        else
            async::spawn_task(io_.get_executor(), "stop", stop_and_end());
        on_signal();
    });
}

boost::asio::awaitable<void> daemon::begin() {
    tell_what_was_lost();
    verbs_.read_settings();
    auto const resumed = co_await verbs_.resume();
    if (!resumed) {
        // What runs is left alone: it must not suffer from a configuration that was spoilt meanwhile.
        supervisor_.set_problem("the cluster was up, but cannot be restored: " + resumed.error().what);
        spdlog::error("cannot restore the cluster: {}", resumed.error().what);
    }
    outcome_ = server_.start();
    if (!outcome_) {
        io_.stop();
        co_return;
    }
    for (auto& socket : manager_.take_sockets())
        server_.serve_also(std::move(socket));
    starter_.ready();
    manager_.tell_ready();
    upkeep_.look();
    if (manager_.is_there()) async::spawn_task(io_.get_executor(), "status line", tell_status());
}

boost::asio::awaitable<void> daemon::tell_status() {
    std::string shown;
    auto const line = [this] {
        auto const& c = supervisor_.cluster();
        if (!c.is_wanted_up()) return core::to_string(c.state());
        auto const workers = c.workers();
        auto const running = std::ranges::count_if(
            workers, [](auto const* i) { return i->state == core::process_state::running; });
        return core::to_string(c.state()) + ", " + std::to_string(running) + " of " +
               std::to_string(workers.size()) + " workers running";
    };
    for (;;) {
        shown = line();
        manager_.tell_status(shown);
        auto changing = supervisor_.wait_until([&] { return line() != shown; }, {});
        co_await std::move(changing);
    }
}

void daemon::tell_what_was_lost() {
    if (!notice_.empty()) supervisor_.notice(notice_);
    if (auto const events = supervisor_.history().missing(); events > 0)
        supervisor_.notice(std::to_string(events) +
                           " numbers before this one are missing: those events could "
                           "not be kept, or their file was removed");
    if (!is_intent_lost_ || !supervisor_.has_left_agents()) return;
    supervisor_.intent().up = true;
    supervisor_.notice(
        "what was wanted cannot be read any more, but processes of this cluster still run: they "
        "are taken over, and the cluster is up as it is configured");
}

boost::asio::awaitable<void> daemon::reload() {
    auto reloading = verbs_.reload(false, {false, std::nullopt});
    auto const changes = co_await std::move(reloading);
    if (!changes) spdlog::error("reload refused, nothing changed: {}", changes.error().what);
}

boost::asio::awaitable<void> daemon::stop_and_end() {
    manager_.tell_stopping();
    co_await verbs_.stop_for_exit();
    end(false);
}

boost::asio::awaitable<void> daemon::end_with_cluster() {
    auto const is_up = [this] { return supervisor_.cluster().is_wanted_up(); };
    // Nobody would remember otherwise that it is to stay down.
    auto const is_down = [this] {
        return supervisor_.is_all_gone() && supervisor_.is_saved() && context_.verbs_in_progress == 0;
    };
    for (;;) {
        auto starting = supervisor_.wait_until(is_up, {});
        co_await std::move(starting);
        auto ending = supervisor_.wait_until(is_down, {});
        co_await std::move(ending);
        // Another `up` may have been heard since that was so.
        if (is_down() && supervisor_.intent().started_by_up) end(false);
    }
}

void daemon::end(bool leave_cluster) {
    if (std::exchange(is_ending_, true)) return;
    if (leave_cluster) supervisor_.leave();
    server_.stop();
    http_.stop();
    if (hooks_.is_running())
        async::spawn_task(io_.get_executor(), "end", end_soon());
    else
        io_.stop();
}

boost::asio::awaitable<void> daemon::end_soon() {
    auto finishing = hooks_.finish(hook_grace);
    co_await std::move(finishing);
    io_.stop();
}

} // namespace daskd::app
