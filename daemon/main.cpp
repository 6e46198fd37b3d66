#include "common/exit_code.hpp"
#include "common/version.hpp"
#include "daemon/app/background.hpp"
#include "daemon/app/config_command.hpp"
#include "daemon/app/daemon.hpp"
#include "daemon/app/job_script_command.hpp"
#include "daemon/app/logging.hpp"
#include "daemon/app/other_daemon.hpp"
#include "daemon/app/service_manager.hpp"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <unistd.h>

namespace {

using namespace daskd;

std::string describe(error const& e) {
    return "daskd: " + e.what + "\n" + (e.hint.empty() ? "" : "  " + e.hint + "\n");
}

/// How long another daskd that holds the lock may take to answer.
constexpr std::chrono::seconds other_daemon_limit{10};
/// How often to look whether it has ended instead.
constexpr std::chrono::milliseconds other_daemon_pause{100};

int fail(app::starter_link& starter, error const& e) {
    auto const code = static_cast<int>(to_exit_code(e.code));
    starter.failed(code, describe(e));
    return code;
}

int serve(app::options const& o) {
    auto manager = app::service_manager::take_from_environment();
    auto starter = o.in_background ? app::go_to_background() : app::starter_link{};
    auto paths = find_paths(o.cluster, process_environment(), ::getuid());
    if (!paths) return fail(starter, paths.error());
    auto prepared = app::prepare(*paths);
    auto const until = std::chrono::steady_clock::now() + other_daemon_limit;
    while (!prepared && prepared.error().code == errc::busy && o.in_background &&
           std::chrono::steady_clock::now() < until) {
        if (app::wait_until_served(paths->control_socket(), other_daemon_pause)) {
            starter.ready();
            return 0;
        }
        prepared = app::prepare(*paths); // the other one was just ending
    }
    if (!prepared) return fail(starter, prepared.error());
    // A cluster that runs must be taken over whatever its files say by now; a fresh one must not start from
    // wrong ones.
    if (auto const problems = app::config_problems(o); !problems.empty() && !prepared->intent.up) {
        starter.failed(static_cast<int>(exit_code::usage), problems);
        return static_cast<int>(exit_code::usage);
    }
    app::open_log(*paths, !starter.is_background());
    app::daemon daemon(std::move(*prepared), o, std::move(manager));
    auto const served = daemon.run(starter);
    return served ? 0 : fail(starter, served.error());
}

} // namespace

int main(int argc, char** argv) {
    CLI::App parser("Keeps a Dask cluster alive: the daemon. Users talk to it by daskctl.", "daskd");
    app::options o;
    std::string config_file;
    parser.set_version_flag("--version", std::string("daskd ") + version);
    parser.add_option("--cluster", o.cluster,
                      "Name of the cluster (default: $DASKD_CLUSTER, else 'default')");
    parser.add_option("--config", config_file, "A configuration file beyond those that Dask reads")
        ->check(CLI::ExistingFile);
    parser.add_flag("--background", o.in_background,
                    "Go to the background; return once the control socket answers");
    auto* config = parser.add_subcommand("config", "Look at the configuration without a daemon");
    config->require_subcommand(1);
    for (auto const* verb : {"check", "show", "example"})
        config->add_subcommand(verb)->fallthrough();
    config->fallthrough();
    std::string pool;
    auto* job_script = parser.add_subcommand("job-script", "Print the script of a pool's job in a queue");
    job_script->add_option("pool", pool, "A pool in a job queue")->required();
    job_script->fallthrough();

    try {
        parser.parse(argc, argv);
    } catch (CLI::ParseError const& e) {
        return parser.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage);
    }
    try {
        if (!config_file.empty()) o.config_file = std::filesystem::absolute(config_file);
        if (config->parsed())
            return static_cast<int>(app::config_command(config->get_subcommands().front()->get_name(), o));
        if (job_script->parsed()) return static_cast<int>(app::job_script_command(pool, o));
        return serve(o);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "daskd: %s\n", e.what());
        spdlog::critical("{}", e.what());
        return static_cast<int>(exit_code::failed);
    }
}
