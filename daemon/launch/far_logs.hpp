#pragma once

#include "daemon/agent_link/message.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace daskd::launch {

/// Logs on other hosts, as the agents there read them.
class far_logs {
public:
    /// False: the agent cannot be reached.
    using sender = std::function<bool(std::string const& agent, json const& op)>;
    using sink = std::function<void(std::vector<std::string> const& lines)>;

    explicit far_logs(sender send) : send_(std::move(send)) {}

    /// `on_lines` is called with the last `lines`, and with `follow` whenever there are more, until close():
    /// also when the agent was away meanwhile. 0: it cannot be reached.
    [[nodiscard]] std::uint64_t open(std::string const& agent, std::string const& path, std::size_t lines,
                                     bool follow, sink on_lines);
    void close(std::uint64_t id);

    void on_lines(agent_link::log_lines const& said);
    /// It has greeted, and knows of nobody who follows.
    void on_hello(std::string const& agent);

private:
    struct reading {
        std::string agent;
        std::string path;
        bool follow = false;
        sink on_lines;
        std::optional<std::uint64_t> offset = {}; ///< empty: nothing has come yet
        std::size_t lines = 0;
    };

    sender send_;
    std::map<std::uint64_t, reading> open_;
    std::uint64_t last_ = 0;
};

} // namespace daskd::launch
