#include "ctl/run_program.hpp"

#include <cerrno>
#include <cstdio>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::ctl {

result<int> run_program(std::vector<std::string> argv) {
    auto const name = argv.front();
    std::vector<char*> words;
    for (auto& word : argv)
        words.push_back(word.data());
    words.push_back(nullptr);

    std::fflush(stdout);
    pid_t pid = 0;
    if (int const failure = ::posix_spawnp(&pid, name.c_str(), nullptr, nullptr, words.data(), environ);
        failure != 0)
        return error{errc::failed, "cannot run " + name + ": " + errno_text(failure), ""};
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status))
        return error{errc::failed, name + " was killed by signal " + std::to_string(WTERMSIG(status)), ""};
    return WEXITSTATUS(status);
}

} // namespace daskd::ctl
