#include "ctl/run.hpp"

#include <csignal>

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_DFL); // `daskctl logs | head` ends quietly, whatever our parent ignores
    return static_cast<int>(daskd::ctl::run({argv + 1, argv + argc}));
}
