#pragma once

#include "daemon/launch/ssh_host.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/queue/dialect.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace daskd::launch {

/// Slurm's commands wait 9 s for a controller that is away.
inline constexpr std::chrono::seconds queue_command_limit{30};

/// What the user brought to `up`: PATH and the queue's own variables, and the directory that jobs are
/// submitted from, where most queues put their output.
struct queue_user {
    process::environment environment;
    std::string directory;
};

/// Where the commands of a queue run, and where the private parts of its jobs are kept. Every call has a
/// deadline, which is errc::timed_out: queues may be slow to answer, or not answer at all.
class queue_host {
public:
    virtual ~queue_host() = default;
    virtual boost::asio::awaitable<result<queue::command_output>> run(queue::command c, queue_user user) = 0;
    /// Whose jobs they are.
    virtual boost::asio::awaitable<result<std::string>> user() = 0;
    /// Keeps a file for our eyes only; its path, as the nodes see it.
    virtual boost::asio::awaitable<result<std::string>> keep(std::string name, std::string content) = 0;
    virtual boost::asio::awaitable<void> remove(std::string name) = 0;
};

/// This machine; files are kept in `directory`.
[[nodiscard]] std::unique_ptr<queue_host> queue_here(std::filesystem::path directory);

/// A login node; files are kept there below the home, for the cluster of this name.
[[nodiscard]] std::unique_ptr<queue_host> queue_by_ssh(ssh_login login, std::string cluster);

} // namespace daskd::launch
