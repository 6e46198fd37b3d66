#pragma once

#include "common/manual/page.hpp"

#include <CLI/App.hpp>

namespace daskd::manual {

/// How `node` is called, as a term: its full `name`, its options and arguments.
[[nodiscard]] std::string usage_of(CLI::App const& node, std::string const& name);

/// An entry for each argument and option of `node`, with the words of its --help.
void add_options(page& to, CLI::App const& node);

} // namespace daskd::manual
