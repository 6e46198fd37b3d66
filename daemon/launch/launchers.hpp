#pragma once

#include "daemon/launch/local_launcher.hpp"
#include "daemon/launch/ssh_launcher.hpp"

#include <string>

namespace daskd::launch {

/// The launcher of each agent: by SSH where its specification names a host, else of this machine.
class launchers : public launcher {
public:
    launchers(boost::asio::any_io_executor const& executor, cluster_paths const& paths, survival s,
              agent_launcher::event_sink const& on_event, std::function<void()> const& on_agent_ended,
              agent_launcher::silence_sink const& on_silence, ssh_launcher::notice_sink const& on_notice);

    void start_agent(core::agent_spec const& spec) override;
    void stop_agent(std::string const& id) override;
    [[nodiscard]] bool is_ending_agents() const override;
    void renew_agent(std::string const& id, std::string const& reason) override;
    void spawn(agent_link::spawn_request const& request) override;
    void send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                     bool whole_tree) override;
    void examine(std::string const& agent, core::launch_id const& launch) override;
    void expect_answer(std::string const& agent) override;
    [[nodiscard]] agent_link::agent_facts const* facts(std::string const& agent) const override;
    void leave() override;

    [[nodiscard]] local_launcher& local() { return local_; }
    [[nodiscard]] local_launcher const& local() const { return local_; }
    [[nodiscard]] bool is_remote(std::string const& agent) const { return ssh_.has(agent); }

private:
    [[nodiscard]] launcher& of(std::string const& agent);

    local_launcher local_;
    ssh_launcher ssh_;
};

} // namespace daskd::launch
