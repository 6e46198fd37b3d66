#pragma once

#include "daemon/agent_link/message.hpp"
#include "daemon/async/json_connection.hpp"
#include "daemon/launch/container.hpp"
#include "daemon/process/spawn.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>

namespace daskd::launch {

/// One host agent on this machine, as daskd sees it: found or started, then served until one of both ends.
class local_agent : public std::enable_shared_from_this<local_agent> {
public:
    struct callbacks {
        std::function<void(agent_link::message)> on_message; ///< hello first
        /// It never said hello, or said that it cannot work (`fatal`: trying again cannot help).
        std::function<void(std::string const& text, bool fatal)> on_failed;
        std::function<void()> on_gone; ///< after hello: the connection broke, and it does not answer any more
    };
    struct settings {
        std::filesystem::path socket;
        std::filesystem::path program; ///< the zip application
        std::filesystem::path log;
        std::string scheduler_socket;
        std::optional<agent_link::revival> revive;
        std::shared_ptr<launch::container> container = {}; ///< to start it in; null: none
    };

    local_agent(boost::asio::any_io_executor executor, core::agent_spec spec, settings where,
                callbacks calls);

    void start();
    void send(json const& op);
    /// Asks it to end everything and itself, makes sure of it by SIGKILL, then calls `on_ended`. No other
    /// callback comes after this.
    void shut_down(std::function<void()> on_ended);
    /// Leaves it and its processes alone. No callback comes after this.
    void leave();

    [[nodiscard]] std::optional<agent_link::agent_facts> const& facts() const { return facts_; }

private:
    void connect_or_start();
    result<void> start_process();
    static boost::asio::awaitable<void> start_in_container(std::shared_ptr<local_agent> self);
    void serve(std::shared_ptr<async::json_connection> connection);
    void on_message(json const& value);
    void on_close(std::string const& why);
    static boost::asio::awaitable<void> reap_child(std::shared_ptr<local_agent> self, pid_t child);
    static boost::asio::awaitable<void> make_sure_it_ends(boost::asio::any_io_executor executor, pid_t pid,
                                                          std::function<void()> on_ended);

    boost::asio::any_io_executor executor_;
    core::agent_spec spec_;
    settings where_;
    callbacks calls_;
    std::shared_ptr<async::json_connection> connection_;
    std::optional<agent_link::agent_facts> facts_;
    std::optional<pid_t> child_; ///< if this daskd started it
};

} // namespace daskd::launch
