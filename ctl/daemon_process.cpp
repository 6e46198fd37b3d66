#include "ctl/daemon_process.hpp"

#include "ctl/run_program.hpp"
#include "ctl/user_units.hpp"

#include <cerrno>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace daskd::ctl {
namespace {

namespace fs = std::filesystem;

bool is_program(fs::path const& path) {
    std::error_code ec;
    return fs::is_regular_file(path, ec) && ::access(path.c_str(), X_OK) == 0;
}

} // namespace

exit_code code_of_daskd(int code) {
    bool const is_known = code >= 0 && code <= static_cast<int>(exit_code::degraded);
    return is_known ? static_cast<exit_code>(code) : exit_code::failed;
}

result<fs::path> find_daskd(environment_lookup const& env) {
    if (auto const named = env("DASKD_BINARY")) {
        if (is_program(*named)) return fs::path(*named);
        return error{errc::failed, "DASKD_BINARY=" + *named + " is no program", "correct it, or unset it"};
    }
    std::error_code ec;
    if (auto const beside = fs::read_symlink("/proc/self/exe", ec).parent_path() / "daskd";
        is_program(beside))
        return beside;
    auto const path = env("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
    for (std::size_t start = 0; start <= path.size();) {
        auto const end = std::min(path.find(':', start), path.size());
        auto const candidate = fs::path(path.substr(start, end - start)) / "daskd";
        if (candidate.is_absolute() && is_program(candidate)) return candidate;
        start = end + 1;
    }
    return error{errc::failed, "there is no daskd beside daskctl, nor in PATH",
                 "install it, or name it in DASKD_BINARY"};
}

result<exit_code> run_daskd(std::vector<std::string> arguments) {
    auto const program = find_daskd(process_environment());
    if (!program) return program.error();
    arguments.insert(arguments.begin(), program->string());
    auto const code = run_program(std::move(arguments));
    if (!code) return code.error();
    return code_of_daskd(*code);
}

result<exit_code> start_daemon(context const& ctx, std::string const& config) {
    if (auto const unit = managing_unit(process_environment(), ctx.paths.cluster)) {
        if (!config.empty())
            return error{errc::usage, "daskd is started by systemd (" + *unit + "), which knows no --config",
                         "give the file to it: daskctl daemon install --config " + config};
        auto const code = run_program({"systemctl", "--user", "start", *unit});
        if (!code) return code.error();
        if (*code == 0) {
            if (!lingers())
                tell("warning: systemd ends " + *unit +
                     ", and the cluster, at your last logout; to keep them: " + linger_command());
            return exit_code::done;
        }
        return error{errc::failed, "systemd could not start " + *unit, "see: journalctl --user -u " + *unit};
    }
    std::vector<std::string> arguments{"--cluster", ctx.paths.cluster, "--background"};
    if (!config.empty()) arguments.insert(arguments.end(), {"--config", config});
    return run_daskd(std::move(arguments));
}

result<void> wait_for_end(pid_t pid, std::optional<milliseconds> limit) {
    unique_fd const process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!process) return {}; // ESRCH: it has ended
    pollfd ended{process.get(), POLLIN, 0};
    int ready = 0;
    do
        ready = ::poll(&ended, 1, limit ? static_cast<int>(limit->count()) : -1);
    while (ready < 0 && errno == EINTR);
    if (ready == 0)
        return error{errc::no_daemon, "daskd (pid " + std::to_string(pid) + ") does not end",
                     "its log says what it waits for: daskctl logs daskd"};
    return {};
}

result<void> stop_daemon(client& daemon, request const& question) {
    auto const info = daemon.call({"daemon.info"});
    if (!info) return info.error();
    // A daemon that ends at once may leave without an answer.
    auto const answer = daemon.call(question, std::nullopt);
    if (!answer && answer.error().code != errc::no_daemon) return answer.error();
    return wait_for_end(info->value("pid", 0), std::nullopt);
}

} // namespace daskd::ctl
