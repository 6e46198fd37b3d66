#include "daemon/launch/launchers.hpp"

#include "daemon/launch/elsewhere.hpp"

#include <utility>

namespace daskd::launch {

launchers::launchers(boost::asio::any_io_executor const& executor, cluster_paths const& paths, survival s,
                     agent_launcher::event_sink const& on_event, std::function<void()> const& on_agent_ended,
                     agent_launcher::silence_sink const& on_silence,
                     ssh_launcher::notice_sink const& on_notice, port_sink on_port_taken,
                     queue_launcher::surroundings jobs)
    : local_(executor, paths, std::move(s), on_event, on_agent_ended, on_silence),
      tunnels_(std::make_shared<launch::tunnels>(
          executor, local_mouth(executor, paths, [this] { return local_.scope_of("tunnel"); }),
          tunnel::junction::callbacks{std::move(on_port_taken),
                                      [this](std::string const& home) { ssh_.renew_connection(home); }})),
      ssh_(executor, name_elsewhere(paths.cluster), log_dir_elsewhere(paths.cluster), tunnels_, on_event,
           on_agent_ended, on_silence, on_notice),
      queue_(executor, paths, on_event, on_agent_ended, on_silence, on_notice, std::move(jobs)) {}

launcher const& launchers::of(std::string const& agent) const {
    if (queue_.has(agent)) return queue_;
    if (ssh_.has(agent)) return ssh_;
    return local_;
}

launcher& launchers::of(std::string const& agent) {
    return const_cast<launcher&>(std::as_const(*this).of(agent));
}

void launchers::start_agent(core::agent_spec const& spec) {
    if (spec.job)
        queue_.start_agent(spec);
    else if (spec.host)
        ssh_.start_agent(spec);
    else
        local_.start_agent(spec);
}

void launchers::stop_agent(std::string const& id) {
    of(id).stop_agent(id);
}

bool launchers::is_ending_agents() const {
    return local_.is_ending_agents() || ssh_.is_ending_agents() || queue_.is_ending_agents();
}

void launchers::renew_agent(std::string const& id, std::string const& reason) {
    of(id).renew_agent(id, reason);
}

void launchers::spawn(agent_link::spawn_request const& request) {
    of(request.process.agent).spawn(request);
}

void launchers::send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                            bool whole_tree) {
    of(agent).send_signal(agent, launch, signal, whole_tree);
}

void launchers::examine(std::string const& agent, core::launch_id const& launch) {
    of(agent).examine(agent, launch);
}

void launchers::expect_answer(std::string const& agent) {
    of(agent).expect_answer(agent);
}

agent_link::agent_facts const* launchers::facts(std::string const& agent) const {
    return of(agent).facts(agent);
}

void launchers::leave() {
    local_.leave();
    ssh_.leave();
    queue_.leave();
}

} // namespace daskd::launch
