#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daskd::queue {

/// One job to submit: what runs in it and what the queue is asked for. A dialect makes the script from it.
struct job {
    std::string name; ///< for people who look at the queue; see worker_job()
    std::string shebang;
    /// A file of mode 0600 that the job reads first, on a file system that the nodes share: variables that
    /// are nobody's business, Dask's configuration, where the TLS files are. A script is no place for them,
    /// since queues keep and show it. Empty: there is none.
    std::string private_file;
    std::vector<std::string> prologue; ///< shell commands
    std::string cwd;                   ///< empty: where the queue starts it
    std::vector<std::string> command;  ///< what runs in the job, in the place of its shell
    /// The last word of the command, if not empty: Base64, which may be broken into lines.
    std::string payload;

    int cores = 1;
    std::optional<std::uint64_t> memory_bytes;
    std::optional<std::string> queue;
    std::optional<std::string> project;
    std::optional<std::string> walltime; ///< as the queue takes it
    std::optional<std::string> resource_spec;
    std::vector<std::string> directives;      ///< added as they are
    std::vector<std::string> directives_skip; ///< texts; lines of ours that hold one are left out
    std::optional<std::string> log_directory;
};

} // namespace daskd::queue
