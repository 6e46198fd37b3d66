#include "daemon/process/find_python.hpp"

#include "daemon/process/short_command.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace daskd::process {
namespace {

namespace asio = boost::asio;

/// A slow shared file system may need seconds for the first start of an interpreter.
constexpr std::chrono::seconds probe_limit{20};
constexpr std::array activated{"VIRTUAL_ENV", "CONDA_PREFIX"};
constexpr int no_distributed = 3;
constexpr auto probe_program = "import importlib.util as u, sys; s = u.find_spec('distributed'); "
                               "sys.exit(0 if s and s.origin else 3)";

std::string value_of(environment const& env, std::string const& name) {
    auto const it = env.find(name);
    return it == env.end() ? "" : it->second;
}

/// The last line of what it wrote: of a Python traceback that is the error itself.
std::string last_line(std::string_view text) {
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    auto const start = text.rfind('\n');
    return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

std::string describe_failure(result<command_outcome> const& outcome) {
    if (!outcome) return outcome.error().what;
    if (WIFEXITED(outcome->wait_status) && WEXITSTATUS(outcome->wait_status) == no_distributed)
        return "has no module 'distributed'";
    auto const said = last_line(outcome->err);
    return "does not run" + (said.empty() ? "" : ": " + said);
}

asio::awaitable<std::optional<std::string>> probe(std::string python, environment env) {
    program question;
    question.argv = {std::move(python), "-c", probe_program};
    question.env = std::move(env);
    auto const outcome = co_await run_command(std::move(question), probe_limit);
    if (outcome && outcome->succeeded()) co_return std::nullopt;
    co_return describe_failure(outcome);
}

} // namespace

bool is_executable(std::filesystem::path const& path) {
    std::error_code ec;
    return std::filesystem::is_regular_file(path, ec) && ::access(path.c_str(), X_OK) == 0;
}

std::string find_on_path(std::string const& name, std::string const& path_variable,
                         is_executable_file const& is_executable) {
    if (name.find('/') != std::string::npos) return is_executable(name) ? name : "";
    std::string_view rest = path_variable;
    while (!rest.empty()) {
        auto const colon = std::min(rest.find(':'), rest.size());
        auto const directory = rest.substr(0, colon);
        rest.remove_prefix(std::min(colon + 1, rest.size()));
        if (!directory.starts_with('/')) continue; // relative to a directory that is not ours
        auto const file = std::filesystem::path(directory) / name;
        if (is_executable(file)) return file.string();
    }
    return "";
}

std::vector<python_candidate> python_candidates(std::optional<std::string> const& wanted,
                                                environment const& env,
                                                is_executable_file const& is_executable) {
    auto const path = value_of(env, "PATH");
    if (wanted) return {{"'" + *wanted + "'", find_on_path(*wanted, path, is_executable)}};

    std::vector<python_candidate> candidates;
    for (auto const* variable : activated)
        if (auto const prefix = value_of(env, variable); !prefix.empty())
            candidates.push_back(
                {std::string("$") + variable, find_on_path(prefix + "/bin/python", "", is_executable)});
    for (auto const* name : {"python3", "python"})
        candidates.push_back({std::string(name) + " on PATH", find_on_path(name, path, is_executable)});
    candidates.push_back({"/usr/bin/python3", find_on_path("/usr/bin/python3", "", is_executable)});
    return candidates;
}

std::optional<std::string> passed_over(environment const& env, std::string const& chosen) {
    for (auto const* variable : activated) {
        auto const prefix = value_of(env, variable);
        if (prefix.empty()) continue;
        if (chosen == prefix + "/bin/python") return std::nullopt;
        return std::string("$") + variable + " (" + prefix + ") has no Python with 'distributed'; using " +
               chosen;
    }
    return std::nullopt;
}

asio::awaitable<result<std::string>> python_finder::find(std::optional<std::string> wanted, environment env) {
    std::string tried;
    for (auto const& candidate : python_candidates(wanted, env, is_executable)) {
        tried += (tried.empty() ? "" : "; ") + candidate.origin;
        if (candidate.path.empty()) {
            tried += ": not found";
            continue;
        }
        std::error_code ec;
        auto const changed = std::filesystem::last_write_time(candidate.path, ec);
        auto const known = known_good_.find(candidate.path);
        if (known != known_good_.end() && known->second == changed) co_return candidate.path;
        auto const refusal = co_await probe(candidate.path, env);
        if (!refusal) {
            known_good_[candidate.path] = changed;
            co_return candidate.path;
        }
        tried += " (" + candidate.path + "): " + *refusal;
    }
    co_return error{errc::bad_configuration, "no Python that has Dask's 'distributed': " + tried,
                    "install it (pip install distributed), activate its environment, or set 'python:' to its "
                    "interpreter"};
}

} // namespace daskd::process
