#pragma once

#include "common/error.hpp"
#include "daemon/process/spawn.hpp"

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace daskd::process {

/// An interpreter that may be the one to use.
struct python_candidate {
    std::string origin; ///< where it comes from, for people: "$VIRTUAL_ENV", "python3 on PATH"
    std::string path;   ///< empty if there is none

    bool operator==(python_candidate const&) const = default;
};

/// Whether a file may be executed; a parameter so that the choice stays a pure function.
using is_executable_file = std::function<bool(std::filesystem::path const&)>;
[[nodiscard]] bool is_executable(std::filesystem::path const& path);

/// The first executable `name` on `path_variable` ("/a:/b"); empty if there is none. A name with '/' is
/// itself.
[[nodiscard]] std::string find_on_path(std::string const& name, std::string const& path_variable,
                                       is_executable_file const& is_executable);

/// In the order of the contract. With `wanted` (a path, or a name on PATH) only that one.
[[nodiscard]] std::vector<python_candidate> python_candidates(std::optional<std::string> const& wanted,
                                                              environment const& env,
                                                              is_executable_file const& is_executable);

/// What people should know who have activated an environment, if `chosen` (for `python: auto`) is another's.
[[nodiscard]] std::optional<std::string> passed_over(environment const& env, std::string const& chosen);

/// Finds the interpreter for `python: auto` or a given one: the first candidate that has `distributed`.
/// It is asked without importing distributed, in about 20 ms; what it said is remembered until the file
/// changes.
class python_finder {
public:
    /// `env` is the user's (VIRTUAL_ENV, CONDA_PREFIX, PATH). The result is a path; it is not resolved, since
    /// a virtual environment is known by its own link. Fails with errc::bad_configuration and every
    /// candidate's reason.
    [[nodiscard]] boost::asio::awaitable<result<std::string>> find(std::optional<std::string> wanted,
                                                                   environment env);

private:
    /// Interpreters that had distributed, by path. A refusal is not kept: `pip install` does not touch the
    /// interpreter.
    std::map<std::string, std::filesystem::file_time_type> known_good_;
};

} // namespace daskd::process
