#include "daemon/process/spawn.hpp"

#include "daemon/process/descriptors.hpp"

#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <linux/close_range.h>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::process {
namespace {

namespace bp = boost::process::v2;

/// What Boost.Process calls around fork and exec. It carries more than our wishes, since in Boost 1.81 the
/// launcher leaves descriptors open, and after a failed exec its child runs daskd's exit handlers and stays a
/// zombie. (The parameter packs are there because it asks for one signature and calls another.)
struct child_setup {
    standard_fds fds;
    char const* cwd;
    rlimit descriptors;

    template <class Launcher, class... Rest>
    bp::error_code on_exec_setup(Launcher& /*launcher*/, Rest const&... /*rest*/) const {
        ::setsid();
        for (int number = 1; number < NSIG; ++number)
            std::signal(number, SIG_DFL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::setrlimit(RLIMIT_NOFILE, &descriptors);
        if (::dup2(fds.in, STDIN_FILENO) < 0 || ::dup2(fds.out, STDOUT_FILENO) < 0 ||
            ::dup2(fds.err, STDERR_FILENO) < 0 || ::chdir(cwd) != 0)
            return {errno, boost::system::system_category()};
        // Closed by exec, not now: a failed exec still has to be told.
        ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
        return {};
    }

    template <class Launcher, class... Rest>
    void on_exec_error(Launcher& /*launcher*/, Rest const&... /*rest*/) const {
        ::_exit(EXIT_FAILURE);
    }

    template <class Launcher, class... Rest>
    void on_error(Launcher& launcher, Rest const&... /*rest*/) const {
        if (launcher.pid > 0)
            ::waitpid(launcher.pid, nullptr, 0); // it is in _exit already: no wait worth the name
    }
};

std::vector<std::string> as_lines(environment const& env) {
    std::vector<std::string> lines;
    lines.reserve(env.size());
    for (auto const& [name, value] : env)
        lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char const*> as_pointers(std::vector<std::string> const& lines) {
    std::vector<char const*> pointers;
    pointers.reserve(lines.size() + 1);
    for (auto const& line : lines)
        pointers.push_back(line.c_str());
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

environment own_environment() {
    environment env;
    for (char** line = ::environ; *line != nullptr; ++line) {
        std::string_view const text = *line;
        auto const equals = text.find('=');
        if (equals != std::string_view::npos) env.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return env;
}

result<pid_t> spawn(boost::asio::any_io_executor const& executor, program const& p, standard_fds fds) {
    auto const failed = [&](std::string const& why) {
        return error{errc::failed, "cannot run " + p.argv.front() + " in " + p.cwd.string() + ": " + why, ""};
    };
    auto const env_lines = as_lines(p.env);
    auto const env = as_pointers(env_lines);
    std::vector<std::string> const args(p.argv.begin() + 1, p.argv.end());
    auto const us = ::getpid();
    bp::posix::default_launcher launcher;
    launcher.env = env.data();
    try {
        bp::error_code ec;
        auto child = launcher(executor, ec, p.argv.front(), args,
                              child_setup{fds, p.cwd.c_str(), inherited_descriptor_limit()});
        if (ec) return failed(ec.message());
        child.detach(); // its destructor would kill and wait
        return launcher.pid;
    } catch (std::exception const& e) {
        if (::getpid() != us)
            ::_exit(EXIT_FAILURE); // thrown in the child, which must not become a second daskd
        if (launcher.pid > 0) {
            ::kill(launcher.pid, SIGKILL);
            ::waitpid(launcher.pid, nullptr, 0);
        }
        return failed(e.what());
    }
}

} // namespace daskd::process
