#pragma once

#include "ctl/context.hpp"
#include "ctl/verb.hpp"

#include <CLI/App.hpp>

#include <memory>
#include <string>
#include <vector>

namespace daskd::ctl {

/// A verb beside the parser's node for it.
struct declared_verb {
    CLI::App* node;
    std::unique_ptr<verb> what;
};

/// What daskctl understands: the parser, and where it writes to.
struct grammar {
    grammar();
    grammar(grammar const&) = delete; // the parser points into it
    grammar& operator=(grammar const&) = delete;

    global_options options;
    std::vector<std::string> help_words;
    CLI::App app{"Keeps a Dask cluster alive.", "daskctl"};
    std::vector<declared_verb> verbs;
    CLI::App* help = nullptr;
};

/// The node below `parent` of that name, or null.
[[nodiscard]] CLI::App* find_child(CLI::App& parent, std::string const& name);

} // namespace daskd::ctl
