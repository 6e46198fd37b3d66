#include "ctl/run_program.hpp"

#include "ctl/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::ctl {
namespace {

/// Starts it with what `actions` say of its descriptors; null: they are ours.
result<pid_t> start(std::vector<std::string>& argv, posix_spawn_file_actions_t const* actions) {
    std::vector<char*> words;
    for (auto& word : argv)
        words.push_back(word.data());
    words.push_back(nullptr);
    std::fflush(stdout);
    pid_t pid = 0;
    if (int const failure = ::posix_spawnp(&pid, words.front(), actions, nullptr, words.data(), environ);
        failure != 0)
        return error{errc::failed, "cannot run " + argv.front() + ": " + errno_text(failure),
                     "see: command -v " + argv.front()};
    return pid;
}

result<int> wait_for(pid_t pid, std::string const& name) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status))
        return error{errc::failed, name + " was killed by signal " + std::to_string(WTERMSIG(status)),
                     "if nobody did that: dmesg says whether memory ran out"};
    return WEXITSTATUS(status);
}

/// A descriptor from which `text` is read.
result<unique_fd> readable(std::string_view text) {
    unique_fd file(::memfd_create("input", MFD_CLOEXEC));
    bool const is_written =
        file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (!is_written || ::lseek(file.get(), 0, SEEK_SET) != 0)
        return error{errc::failed, "no memory for what is to be read: " + errno_text(), "see: ulimit -n"};
    return file;
}

std::string read_all(int fd) {
    std::string all;
    std::array<char, 4096> buffer{};
    for (;;) {
        auto const n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return all;
        all.append(buffer.data(), static_cast<std::size_t>(n));
    }
}

} // namespace

result<int> run_program(std::vector<std::string> argv) {
    auto const pid = start(argv, nullptr);
    if (!pid) return pid.error();
    return wait_for(*pid, argv.front());
}

result<program_outcome> ask_program(std::vector<std::string> argv, std::string_view input) {
    auto const in = readable(input);
    if (!in) return in.error();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return error{errc::failed, "cannot make a pipe: " + errno_text(), "see: ulimit -n"};
    unique_fd const ours(ends[0]);
    unique_fd theirs(ends[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in->get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
    auto const pid = start(argv, &actions);
    ::posix_spawn_file_actions_destroy(&actions);
    if (!pid) return pid.error();
    theirs = unique_fd();
    program_outcome outcome;
    outcome.out = read_all(ours.get());
    auto const code = wait_for(*pid, argv.front());
    if (!code) return code.error();
    outcome.code = *code;
    return outcome;
}

} // namespace daskd::ctl
