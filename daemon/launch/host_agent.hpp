#pragma once

#include "daemon/agent_link/message.hpp"
#include "daemon/launch/agent_transport.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace daskd::launch {

/// The conversation with one host agent, wherever it runs: from the first connection until one of both ends.
class host_agent : public std::enable_shared_from_this<host_agent> {
public:
    struct callbacks {
        std::function<void(agent_link::message)> on_message; ///< hello first
        /// It never said hello, or that it cannot work with us. errc::bad_configuration: trying again cannot
        /// help.
        std::function<void(error const&)> on_failed;
        /// After hello: the connection broke, and there is no other.
        std::function<void(std::string const& why)> on_lost;
        /// It does not answer, see expect_answer(), or has not greeted for 30 s; false: it does again.
        std::function<void(bool is_silent)> on_silence;
    };

    /// `hello` is said whenever a connection begins.
    host_agent(boost::asio::any_io_executor executor, std::string id,
               std::shared_ptr<agent_transport> transport, json hello, callbacks calls);

    void start();
    /// What is sent before it has greeted is lost: its hello tells what it has, and so what it has not.
    void send(json const& op);
    /// To be called after what it must act on: hears from on_silence if it says nothing for 10 s.
    void expect_answer();
    /// Asks it to end everything and itself, makes sure of it, then calls `on_ended`. No other callback comes
    /// after this.
    void shut_down(std::function<void()> on_ended);
    /// Leaves it and its processes alone. No callback comes after this. With `goodbye` it is told that this
    /// is meant: it starts no other daskd.
    void leave(bool goodbye = false);

    [[nodiscard]] std::optional<agent_link::agent_facts> const& facts() const { return facts_; }

private:
    void refuse(std::string const& text);
    void serve(agent_transport::stream connection);
    void on_message(json const& value);
    void on_close(std::string const& why);
    void wait_for_answer(std::chrono::seconds limit);
    void has_spoken();
    void stop_waiting();

    std::string id_;
    std::shared_ptr<agent_transport> transport_;
    json hello_;
    callbacks calls_;
    bool has_left_ = false;
    bool has_greeted_ = false; ///< on this connection
    agent_transport::stream connection_;
    std::optional<agent_link::agent_facts> facts_;
    boost::asio::steady_timer patience_;
    bool is_awaited_ = false; ///< an answer of it
    bool is_silent_ = false;  ///< told by on_silence
};

} // namespace daskd::launch
