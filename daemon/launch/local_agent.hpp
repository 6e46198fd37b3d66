#pragma once

#include "common/agent_ledger.hpp"
#include "daemon/core/plan.hpp"
#include "daemon/launch/agent_transport.hpp"
#include "daemon/process/spawn.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace daskd::launch {

/// The way to one host agent on this machine: a Unix socket, and a fork.
class local_agent : public agent_transport, public std::enable_shared_from_this<local_agent> {
public:
    struct settings {
        std::filesystem::path socket;
        std::filesystem::path ledger;  ///< of an agent before it that was killed, if there was one
        std::filesystem::path program; ///< the zip application
        std::filesystem::path log;
        std::vector<std::string> command_prefix; ///< of the program that starts it; empty: none
    };

    local_agent(boost::asio::any_io_executor executor, core::agent_spec spec, settings where);

    void open(opened done) override;
    void reopen(opened done) override;
    void make_sure_it_ends(std::optional<int> pid, std::function<void()> on_ended) override;
    [[nodiscard]] std::string where_to_look() const override { return where_.log.string(); }

protected:
    [[nodiscard]] result<stream> connect() const;
    /// Why `connect` failed: it is there, and only does not answer. Then it must not be replaced.
    [[nodiscard]] static bool is_stopped(error const& refusal);
    /// Whether an agent before this one has left living processes.
    [[nodiscard]] bool must_care() const;
    /// Starts an agent that starts nothing itself, and only looks after what runs; `unable` is why.
    void open_caretaker(std::string const& unable, opened const& done);
    [[nodiscard]] boost::asio::any_io_executor const& executor() const { return executor_; }
    [[nodiscard]] core::agent_spec const& spec() const { return spec_; }

private:
    /// Who starts it: not always who was planned.
    struct interpreter {
        std::string path;
        std::string unable = {}; ///< why it is not the right one, and must only look after what runs
        std::string image = {};  ///< of the container in which that was started
    };
    [[nodiscard]] static interpreter caretaker(std::string unable, std::optional<agent_ledger> const& left);
    [[nodiscard]] interpreter find_interpreter() const;
    void start(interpreter const& with, opened const& done);
    result<void> start_process(interpreter const& with);
    static boost::asio::awaitable<void> reap_child(std::shared_ptr<local_agent> self, pid_t child);
    static boost::asio::awaitable<void> end(boost::asio::any_io_executor executor, pid_t pid,
                                            std::function<void()> on_ended);

    boost::asio::any_io_executor executor_;
    core::agent_spec spec_;
    settings where_;
    std::optional<pid_t> child_; ///< if this daskd started it
};

} // namespace daskd::launch
