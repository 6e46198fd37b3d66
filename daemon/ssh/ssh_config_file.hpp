#pragma once

#include "daemon/ssh/ssh_config.hpp"

namespace daskd::ssh {

/// What the files say about one host: the first value of each keyword, in lower case; identity files all.
struct config_values {
    std::map<std::string, std::string> first;
    std::vector<std::string> identity_files;
    std::vector<std::string> notes;
};

/// Reads all files for one host. Values are as written, their tokens not replaced.
[[nodiscard]] result<config_values> read_config(destination const& to, config_world const& world);

/// The words of one line, as OpenSSH cuts them: quotes hold a word together, '#' after white space begins a
/// comment, the keyword may be followed by '='. nullopt: a quote is not closed.
[[nodiscard]] std::optional<std::vector<std::string>> split_line(std::string_view line);

} // namespace daskd::ssh
