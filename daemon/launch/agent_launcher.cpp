#include "daemon/launch/agent_launcher.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::launch {

using namespace core::happened;

agent_launcher::agent_launcher(boost::asio::any_io_executor executor, event_sink on_event,
                               std::function<void()> on_agent_ended, silence_sink on_silence)
    : executor_(std::move(executor)),
      on_event_(std::move(on_event)),
      on_agent_ended_(std::move(on_agent_ended)),
      on_silence_(std::move(on_silence)) {}

agent_launcher::~agent_launcher() {
    for (auto& [id, known] : agents_)
        known.agent->leave();
}

void agent_launcher::talk(std::string const& id, std::shared_ptr<agent_transport> transport, json hello) {
    auto agent = std::make_shared<host_agent>(
        executor_, id, std::move(transport), std::move(hello),
        host_agent::callbacks{[this, id](agent_link::message const& m) { on_message(id, m); },
                              [this, id](std::string const& text, bool fatal) {
                                  on_event_(agent_failed{id, text, fatal});
                              },
                              [this, id](std::string const& why) { lose(id, why); },
                              [this, id](bool is_silent) { on_silence_(id, is_silent); }});
    agents_[id] = {agent, {}};
    agent->start();
}

void agent_launcher::stop_agent(std::string const& id) {
    auto const it = agents_.find(id);
    if (it == agents_.end()) return;
    auto const agent = it->second.agent;
    agents_.erase(it);
    ++ending_;
    agent->shut_down([this] {
        --ending_;
        on_agent_ended_();
    });
}

void agent_launcher::renew_agent(std::string const& id, std::string const& reason) {
    send(id, agent_link::renew_op(reason));
}

void agent_launcher::spawn(agent_link::spawn_request const& request) {
    if (!agents_.contains(request.process.agent))
        return on_event_(spawn_failed{request.launch, "its host agent is not running"});
    send(request.process.agent, agent_link::spawn_op(request));
    expect_answer(request.process.agent);
}

void agent_launcher::send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                                 bool whole_tree) {
    send(agent, agent_link::signal_op(launch, signal, whole_tree));
    expect_answer(agent);
}

void agent_launcher::examine(std::string const& agent, core::launch_id const& launch) {
    send(agent, agent_link::examine_op(launch));
}

void agent_launcher::expect_answer(std::string const& agent) {
    if (auto const it = agents_.find(agent); it != agents_.end()) it->second.agent->expect_answer();
}

void agent_launcher::send(std::string const& agent, json const& op) {
    if (auto const it = agents_.find(agent); it != agents_.end()) it->second.agent->send(op);
}

std::vector<std::string> agent_launcher::known_agents() const {
    std::vector<std::string> ids;
    for (auto const& [id, known] : agents_)
        ids.push_back(id);
    return ids;
}

agent_link::agent_facts const* agent_launcher::facts(std::string const& agent) const {
    auto const it = agents_.find(agent);
    if (it == agents_.end() || !it->second.agent->facts()) return nullptr;
    return &*it->second.agent->facts();
}

void agent_launcher::leave() {
    for (auto& [id, known] : agents_) {
        known.agent->send(agent_link::goodbye_op());
        known.agent->leave();
    }
    agents_.clear();
}

void agent_launcher::on_exited(std::string const& id, agent_link::exited const& e) {
    auto& known = agents_[id];
    known.processes.erase(e.launch.name);
    on_event_(exited{e.launch, e.status});
    // Told, and in the history by now: the agent may forget it.
    if (known.agent) known.agent->send(agent_link::ack_op(e.seq));
}

void agent_launcher::on_message(std::string const& id, agent_link::message const& m) {
    auto& known = agents_[id];
    if (auto const* h = std::get_if<agent_link::hello>(&m)) {
        for (auto const& e : h->exits)
            on_exited(id, e);
        agent_ready ready{id, {}, h->renewed.empty() ? "" : "renewed itself: " + h->renewed};
        known.processes.clear();
        for (auto const& p : h->processes) {
            core::running_process const running{p.launch, p.process, p.age_s, p.memory_enforced_by};
            known.processes[p.launch.name] = running;
            ready.processes.push_back(running);
        }
        on_event_(ready);
    } else if (auto const* s = std::get_if<agent_link::spawned>(&m)) {
        known.processes[s->launch.name] = {s->launch, s->process, 0, s->memory_enforced_by};
        on_event_(spawned{s->launch, s->process, s->memory_enforced_by});
    } else if (auto const* f = std::get_if<agent_link::spawn_failed>(&m)) {
        on_event_(spawn_failed{f->launch, f->text});
    } else if (auto const* e = std::get_if<agent_link::exited>(&m)) {
        on_exited(id, *e);
    } else if (auto const* x = std::get_if<examined>(&m)) {
        on_event_(*x);
    } else if (auto const* c = std::get_if<agent_link::complaint>(&m)) {
        spdlog::warn("agent {}: {}", id, c->text);
    }
}

void agent_launcher::lose(std::string const& id, std::string const& why) {
    auto const it = agents_.find(id);
    if (it == agents_.end()) return;
    auto had = std::move(it->second.processes);
    agents_.erase(it);
    on_lost(id, why, std::move(had));
}

} // namespace daskd::launch
