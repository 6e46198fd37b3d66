#pragma once

#include <CLI/App.hpp>

#include <functional>
#include <string>
#include <vector>

namespace daskd::ctl {

/// Names that only a running cluster knows. Each is called at most once, and only where it is needed.
struct name_source {
    std::function<std::vector<std::string>()> workers;
    std::function<std::vector<std::string>()> pools;
    std::function<std::vector<std::string>()> clusters;
    std::function<std::vector<std::string>()> jobs = [] { return std::vector<std::string>{}; };
};

/// Instead of candidates: the shell should offer files.
inline constexpr char const* complete_files = ":files";

/// What the last of `words` (those behind the program's name; the last may be empty) could become. A
/// candidate that ends in '=' wants more behind it.
[[nodiscard]] std::vector<std::string> complete(CLI::App& app, std::vector<std::string> const& words,
                                                name_source const& names);

/// The names of the cluster that these words are about, asked from its daskd; none if that does not answer.
[[nodiscard]] name_source names_of_cluster(std::vector<std::string> const& words);

} // namespace daskd::ctl
