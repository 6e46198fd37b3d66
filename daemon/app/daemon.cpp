#include "daemon/app/daemon.hpp"

#include "common/version.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/process/spawn.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <unistd.h>

namespace daskd::app {
namespace {

/// How the local agents start daskd again when it vanishes: as it was started, in the background.
agent_link::revival how_to_revive(cluster_paths const& paths, options const& o) {
    agent_link::revival r;
    r.argv = {std::filesystem::read_symlink("/proc/self/exe").string(), "--cluster", paths.cluster,
              "--background"};
    if (o.config_file) r.argv.insert(r.argv.end(), {"--config", o.config_file->string()});
    r.env = process::own_environment();
    r.cwd = "/";
    return r;
}

} // namespace

daemon::daemon(prepared p, options const& o)
    : paths_(p.paths),
      lock_(std::move(p.lock)),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      supervisor_(io_, p.paths, std::move(p.intent), how_to_revive(paths_, o)),
      verbs_(supervisor_, supervise::planner(paths_, o.config_file)),
      adapter_(verbs_),
      context_{supervisor_, verbs_, [this](bool leave_cluster) { end(leave_cluster); }},
      server_(io_, paths_.control_socket(), ::getuid(), methods_) {
    rpc::add_all_methods(methods_, context_);
}

result<void> daemon::run(starter_link starter) {
    ::signal(SIGPIPE, SIG_IGN);
    spdlog::info("daskd {} (pid {}) serves cluster '{}' at {}", version, ::getpid(), paths_.cluster,
                 paths_.control_socket().string());
    starter_ = starter;
    on_signal();
    async::spawn_task(io_.get_executor(), "start", begin());
    async::spawn_task(io_.get_executor(), "ending with the cluster", end_with_cluster());
    async::spawn_task(io_.get_executor(), "adaptive scaling", adapter_.run());
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
    auto const resumed = co_await verbs_.resume();
    if (!resumed) {
        // What runs is left alone: it must not suffer from a configuration that was spoilt meanwhile.
        supervisor_.set_problem("the cluster was up, but cannot be restored: " + resumed.error().what);
        spdlog::error("cannot restore the cluster: {}", resumed.error().what);
    }
    outcome_ = server_.start();
    if (outcome_)
        starter_.ready();
    else
        io_.stop();
}

boost::asio::awaitable<void> daemon::reload() {
    auto reloading = verbs_.reload(false, {false, std::nullopt});
    auto const changes = co_await std::move(reloading);
    if (!changes) spdlog::error("reload refused, nothing changed: {}", changes.error().what);
}

boost::asio::awaitable<void> daemon::stop_and_end() {
    co_await verbs_.stop_for_exit();
    end(false);
}

boost::asio::awaitable<void> daemon::end_with_cluster() {
    auto const is_up = [this] { return supervisor_.cluster().is_wanted_up(); };
    auto const is_down = [this] { return supervisor_.is_all_gone() && context_.verbs_in_progress == 0; };
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
    io_.stop();
}

} // namespace daskd::app
