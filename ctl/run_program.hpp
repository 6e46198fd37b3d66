#pragma once

#include "common/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daskd::ctl {

/// Runs a program to its end, on our own standard streams. `argv[0]` without a '/' is looked up in PATH. The
/// result is its exit code; a program that cannot be run, or is killed, is an error that names it.
[[nodiscard]] result<int> run_program(std::vector<std::string> argv);

struct program_outcome {
    int code = 0;
    std::string out;
};

/// The same with `input` as its standard input, and its standard output for us.
[[nodiscard]] result<program_outcome> ask_program(std::vector<std::string> argv, std::string_view input);

} // namespace daskd::ctl
