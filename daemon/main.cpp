#include "common/exit_code.hpp"
#include "daemon/app/background.hpp"
#include "daemon/app/command_line.hpp"
#include "daemon/app/config_command.hpp"
#include "daemon/app/daemon.hpp"
#include "daemon/app/doctor_command.hpp"
#include "daemon/app/job_script_command.hpp"
#include "daemon/app/logging.hpp"
#include "daemon/app/other_daemon.hpp"
#include "daemon/app/service_manager.hpp"

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
    app::command_line line;
    if (auto const read = app::parse(line, argc, argv); !read) {
        std::fputs(describe(read.error()).c_str(), stderr);
        return static_cast<int>(to_exit_code(read.error().code));
    }
    if (!line.text.empty()) {
        std::fputs(line.text.c_str(), stdout);
        return 0;
    }
    try {
        if (!line.config_verb.empty())
            return static_cast<int>(app::config_command(line.config_verb, line.run));
        if (line.wants_doctor) return static_cast<int>(app::doctor_command(line.run));
        if (!line.job_pool.empty()) return static_cast<int>(app::job_script_command(line.job_pool, line.run));
        return serve(line.run);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "daskd: %s\n", e.what());
        spdlog::critical("{}", e.what());
        return static_cast<int>(exit_code::failed);
    }
}
