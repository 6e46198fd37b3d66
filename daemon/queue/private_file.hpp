#pragma once

#include "daemon/core/plan.hpp"
#include "daemon/queue/book.hpp"

#include <map>
#include <string>
#include <vector>

namespace daskd::queue {

/// What a job must know and nobody else may: the content of job::private_file, and what reads it. Pure.
struct private_part {
    std::string scheduler;                         ///< its address
    json dask;                                     ///< Dask's configuration
    std::map<std::string, std::string> files = {}; ///< that `dask` names: path -> content
};

/// A shell file that exports the agent's variables; its last line, a comment, is the host agent's order
/// (agent/job.py). For a job with a nanny of Dask's own the configuration is a variable as well.
[[nodiscard]] std::string private_file(core::agent_spec const& spec, std::string const& name,
                                       private_part const& part);

/// What runs in the job but for its last word, job::payload: the host agent, which that word carries.
[[nodiscard]] std::vector<std::string> agent_command(core::agent_spec const& spec,
                                                     std::string const& private_file);

/// The job of this agent, called `name`; `agent_program` is Base64 of the compressed program.
[[nodiscard]] job agent_job(core::agent_spec const& spec, std::string const& name,
                            std::string const& private_file, std::string_view agent_program,
                            private_part const& part);

} // namespace daskd::queue
