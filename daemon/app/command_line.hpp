#pragma once

#include "common/error.hpp"
#include "daemon/app/options.hpp"

#include <CLI/App.hpp>

#include <string>

namespace daskd::app {

/// daskd's command line: the parser, and what it has read.
struct command_line {
    command_line();
    command_line(command_line const&) = delete; // the parser points into it
    command_line& operator=(command_line const&) = delete;

    CLI::App parser;
    options run;
    std::string config_verb; ///< check, show, example or schema; empty: not asked for
    bool wants_doctor = false;
    std::string job_pool; ///< whose job's script is to be printed; empty: none
    std::string text;     ///< help or version: print it and end
};

/// Reads what follows the program's name. An error is `usage`, with the word that was probably meant as its
/// hint.
[[nodiscard]] result<void> parse(command_line& into, int argc, char const* const* argv);

} // namespace daskd::app
