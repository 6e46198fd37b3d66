#pragma once

#include "daemon/async/json_connection.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace daskd::launch {

/// The way to one host agent: how it is found, started and ended. What is said over it is host_agent's.
class agent_transport {
public:
    /// Connected to the agent's socket. A remote agent's bytes are bridged to one end of a socket pair.
    using stream = std::shared_ptr<async::json_connection>;
    using opened = std::function<void(result<stream>)>;

    virtual ~agent_transport() = default;

    /// Connects to the agent, after starting it if it does not live. Calls `done` once, maybe at once.
    virtual void open(opened done) = 0;
    /// After a stream has broken: another one to the same agent. Starts nothing.
    virtual void reopen(opened done) = 0;
    /// Sees to it that an agent that was told to end does so, then calls `on_ended`. `pid` is what it said of
    /// itself, if it came to that.
    virtual void make_sure_it_ends(std::optional<int> pid, std::function<void()> on_ended) = 0;
    /// Why an agent may have ended before it was ready: what its host keeps of its last words.
    [[nodiscard]] virtual std::string where_to_look() const = 0;
};

} // namespace daskd::launch
