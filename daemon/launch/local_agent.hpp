#pragma once

#include "daemon/agent_link/message.hpp"
#include "daemon/async/json_connection.hpp"
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
        /// It never said hello, or that it cannot work with us (`fatal`: trying again cannot help).
        std::function<void(std::string const& text, bool fatal)> on_failed;
        std::function<void()> on_gone; ///< after hello: the connection broke, and it does not answer any more
    };
    struct settings {
        std::filesystem::path socket;
        std::filesystem::path ledger;  ///< of an agent before it that was killed, if there was one
        std::filesystem::path program; ///< the zip application
        std::filesystem::path log;
        std::string scheduler_socket;
        std::optional<agent_link::revival> revive;
    };

    local_agent(boost::asio::any_io_executor executor, core::agent_spec spec, settings where,
                callbacks calls);

    void start();
    /// What is sent before it has greeted is lost: its hello tells what it has, and so what it has not.
    void send(json const& op);
    /// Asks it to end everything and itself, makes sure of it by SIGKILL, then calls `on_ended`. No other
    /// callback comes after this.
    void shut_down(std::function<void()> on_ended);
    /// Leaves it and its processes alone. No callback comes after this. With `goodbye` it is told that this
    /// is meant: it starts no other daskd.
    void leave(bool goodbye = false);

    [[nodiscard]] std::optional<agent_link::agent_facts> const& facts() const { return facts_; }

private:
    void connect_or_start();
    result<void> start_process();
    void refuse(std::string const& text);
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
    bool has_greeted_ = false;   ///< on this connection
    std::optional<pid_t> child_; ///< if this daskd started it
};

} // namespace daskd::launch
