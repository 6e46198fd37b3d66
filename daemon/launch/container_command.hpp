#pragma once

#include "common/error.hpp"
#include "daemon/core/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daskd::launch {

// The command lines of container engines, and what their failures mean. Pure.
//
// One container holds one host agent and all that it forks. It shares the host's network and process numbers
// (a process has the same pid for daskd, the agent and `ps`), and runs as daskd's own user, to whom sockets
// and logs belong. apptainer has no containers that could be named: its processes are ordinary ones.

using words = std::vector<std::string>;

/// By what a container is found again.
struct container_identity {
    std::string cluster;
    std::string agent;
    std::string runtime_dir; ///< tells clusters of the same name apart
    std::string name;        ///< of this one start
    std::string user;        ///< UID:GID
};

/// Runs `program` in the container, from directory `cwd`, with the host's `directories` beside those of
/// `spec`. An image that is not here is not fetched, unless the options say so.
[[nodiscard]] words run_command_line(core::container_spec const& spec, container_identity const& identity,
                                     std::string const& cwd, words directories, words const& program);

/// Whether the image is here is this command's exit code; empty where the engine needs no asking.
[[nodiscard]] words image_query(core::container_spec const& spec);
[[nodiscard]] words pull_command_line(core::container_spec const& spec);

/// Prints the ids of the agent's containers, running or not; empty where there are none to be found.
[[nodiscard]] words list_command_line(core::container_spec const& spec, container_identity const& identity);
/// Kills and removes them.
[[nodiscard]] words remove_command_line(core::container_spec const& spec, words const& ids);

/// Why nothing came of a command that ended with `exit_code` after these last lines of output, and what to do
/// about it. errc::bad_configuration: trying again cannot help.
[[nodiscard]] error explain_failure(core::container_spec const& spec, std::string const& python,
                                    int exit_code, words const& last_lines);

/// What the agent in it says of itself, with the remedy that is one for a container.
[[nodiscard]] error explain_contained(core::container_spec const& spec, error said);

/// Why an image that is not here could not be fetched.
[[nodiscard]] error explain_missing_image(core::container_spec const& spec, words const& last_lines);

} // namespace daskd::launch
