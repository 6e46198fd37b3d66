#pragma once

#include "ctl/completion.hpp"
#include "ctl/context.hpp"
#include "ctl/verb.hpp"

#include <memory>
#include <string>
#include <vector>

namespace daskd::ctl {

/// A command line that was understood.
struct command_line {
    global_options options;
    std::unique_ptr<verb> chosen; ///< null: print `text`
    bool is_about_cluster = true; ///< not only about files of configuration
    std::string text;             ///< help or version
};

/// Reads what follows the program's name. An error is `usage`, with the word that was probably meant as its
/// hint.
[[nodiscard]] result<command_line> parse_command_line(std::vector<std::string> arguments);

/// See complete().
[[nodiscard]] std::vector<std::string> complete_command_line(std::vector<std::string> const& words,
                                                             name_source const& names);

} // namespace daskd::ctl
