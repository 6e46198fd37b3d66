#pragma once

#include "daemon/launch/container.hpp"
#include "daemon/launch/local_agent.hpp"

namespace daskd::launch {

/// The way to a host agent in a container on this machine: the same socket, but an engine forks.
class contained_agent : public local_agent {
public:
    contained_agent(boost::asio::any_io_executor executor, core::agent_spec spec, settings where,
                    std::shared_ptr<launch::container> container);

    /// What runs is looked after even if no container can be started any more: from outside.
    void open(opened done) override;
    /// The agent, then all containers that it ever had.
    void make_sure_it_ends(std::optional<int> pid, std::function<void()> on_ended) override;
    [[nodiscard]] error explain_fatal(error said) const override;

private:
    static boost::asio::awaitable<void> start_in_container(std::shared_ptr<contained_agent> self,
                                                           opened done);
    static boost::asio::awaitable<void> remove(std::shared_ptr<launch::container> container,
                                               std::function<void()> on_ended);

    std::shared_ptr<launch::container> container_;
};

} // namespace daskd::launch
