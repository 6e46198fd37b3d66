#include "daemon/launch/agent_launcher.hpp"

#include "common/fault.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::launch {

using namespace core::happened;

agent_launcher::agent_launcher(boost::asio::any_io_executor executor, event_sink on_event,
                               std::function<void()> on_agent_ended, silence_sink on_silence)
    : executor_(std::move(executor)),
      on_event_(std::move(on_event)),
      on_agent_ended_(std::move(on_agent_ended)),
      on_silence_(std::move(on_silence)),
      far_logs_([this](std::string const& agent, json const& op) {
          if (facts(agent) == nullptr) return false;
          send(agent, op);
          return true;
      }) {}

agent_launcher::~agent_launcher() {
    for (auto& [id, known] : agents_)
        if (known.agent) known.agent->leave();
}

void agent_launcher::talk(std::string const& id, std::shared_ptr<agent_transport> transport, json hello) {
    auto agent = std::make_shared<host_agent>(
        executor_, id, transport, std::move(hello),
        host_agent::callbacks{[this, id](agent_link::message const& m) { on_message(id, m); },
                              [this, id](error const& e) { on_failed(id, e); },
                              [this, id](std::string const& why) { lose(id, why); },
                              [this, id](bool is_silent) { on_silence_(id, is_silent); }});
    agents_[id].agent = agent;
    agents_[id].transport = std::move(transport);
    agent->start();
}

void agent_launcher::on_failed(std::string const& id, error const& e) {
    tell(agent_failed{id, e.what + (e.hint.empty() ? "" : "; " + e.hint), e.code == errc::bad_configuration});
}

void agent_launcher::stop_agent(std::string const& id) {
    auto const it = agents_.find(id);
    if (it == agents_.end()) return;
    auto const known = std::move(it->second);
    agents_.erase(it);
    ++ending_;
    auto const on_ended = [this] {
        --ending_;
        on_agent_ended_();
    };
    if (known.agent)
        known.agent->shut_down(on_ended);
    else
        known.transport->make_sure_it_ends(std::nullopt, on_ended);
}

void agent_launcher::renew_agent(std::string const& id, std::string const& reason) {
    send(id, agent_link::renew_op(reason));
}

void agent_launcher::spawn(agent_link::spawn_request const& request) {
    auto const it = agents_.find(request.process.agent);
    if (it == agents_.end() || !it->second.agent)
        return on_event_(spawn_failed{request.launch, "its host agent is not running"});
    fault::at(fault::step::spawn_wanted);
    it->second.agent->send(agent_link::spawn_op(request));
    fault::at(fault::step::spawn_sent);
    expect_answer(request.process.agent);
}

void agent_launcher::send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                                 bool whole_tree) {
    send(agent, agent_link::signal_op(launch, signal, whole_tree));
    fault::at(fault::step::signal_sent);
    expect_answer(agent);
}

void agent_launcher::examine(std::string const& agent, core::launch_id const& launch) {
    send(agent, agent_link::examine_op(launch));
}

void agent_launcher::expect_answer(std::string const& agent) {
    if (auto const it = agents_.find(agent); it != agents_.end() && it->second.agent)
        it->second.agent->expect_answer();
}

void agent_launcher::send(std::string const& agent, json const& op) {
    if (auto const it = agents_.find(agent); it != agents_.end() && it->second.agent)
        it->second.agent->send(op);
}

std::vector<std::string> agent_launcher::known_agents() const {
    std::vector<std::string> ids;
    for (auto const& [id, known] : agents_)
        if (known.agent) ids.push_back(id);
    return ids;
}

void agent_launcher::forget(std::string const& id) {
    auto const it = agents_.find(id);
    if (it == agents_.end()) return;
    auto const agent = it->second.agent; // its end may call back
    agents_.erase(it);
    if (agent) agent->leave();
}

bool agent_launcher::talks_with(std::string const& id) const {
    auto const it = agents_.find(id);
    return it != agents_.end() && it->second.agent;
}

agent_link::agent_facts const* agent_launcher::facts(std::string const& agent) const {
    auto const it = agents_.find(agent);
    if (it == agents_.end() || !it->second.agent || !it->second.agent->facts()) return nullptr;
    return &*it->second.agent->facts();
}

void agent_launcher::leave() {
    for (auto& [id, known] : agents_)
        if (known.agent) known.agent->leave(true);
    agents_.clear();
}

void agent_launcher::on_exited(std::string const& id, agent_link::exited const& e) {
    auto& processes = agents_[id].processes;
    if (auto const it = processes.find(e.launch.name); it != processes.end() && it->second.launch == e.launch)
        processes.erase(it);
    on_event_(exited{e.launch, e.status});
    // Behind what on_event_ has posted: the agent may forget it when it is in the history.
    boost::asio::post(executor_, [this, id, seq = e.seq] {
        send(id, agent_link::ack_op(seq));
        fault::at(fault::step::exit_forgotten);
    });
}

void agent_launcher::on_hello(std::string const& id, agent_link::hello const& h) {
    for (auto const& e : h.exits)
        on_exited(id, e);
    agent_ready ready{id, {}, h.renewed.empty() ? "" : "renewed itself: " + h.renewed, h.facts.boot_id};
    std::map<std::string, core::running_process> listed;
    for (auto const& p : h.processes) {
        core::running_process const running{p.launch, p.process, p.age_s, p.memory_enforced_by};
        listed[p.launch.name] = running;
        ready.processes.push_back(running);
    }
    auto& known = agents_[id].processes;
    for (auto const& [name, p] : known) {
        auto const it = listed.find(name);
        if (it != listed.end() && it->second.launch == p.launch) continue;
        end_forgotten(p);
        on_event_(exited{p.launch, {}});
    }
    known = std::move(listed);
    on_event_(ready);
    far_logs_.on_hello(id);
}

void agent_launcher::on_message(std::string const& id, agent_link::message const& m) {
    if (auto const* h = std::get_if<agent_link::hello>(&m)) {
        on_hello(id, *h);
    } else if (auto const* s = std::get_if<agent_link::spawned>(&m)) {
        agents_[id].processes[s->launch.name] = {s->launch, s->process, 0, s->memory_enforced_by};
        on_event_(spawned{s->launch, s->process, s->memory_enforced_by});
    } else if (auto const* f = std::get_if<agent_link::spawn_failed>(&m)) {
        on_event_(spawn_failed{f->launch, f->text});
    } else if (auto const* e = std::get_if<agent_link::exited>(&m)) {
        on_exited(id, *e);
    } else if (auto const* j = std::get_if<agent_link::job_ending>(&m)) {
        on_event_(agent_ending{id, j->text, j->at_once});
    } else if (auto const* x = std::get_if<examined>(&m)) {
        on_event_(*x);
    } else if (auto const* l = std::get_if<agent_link::log_lines>(&m)) {
        far_logs_.on_lines(*l);
    } else if (auto const* t = std::get_if<agent_link::ports_taken>(&m)) {
        if (on_ports_taken_) on_ports_taken_(id, t->ports);
    } else if (auto const* c = std::get_if<agent_link::complaint>(&m)) {
        spdlog::warn("agent {}: {}", id, c->text);
    }
}

void agent_launcher::lose(std::string const& id, std::string const& why) {
    if (auto const it = agents_.find(id); it != agents_.end()) it->second.agent.reset();
    on_lost(id, why);
}

} // namespace daskd::launch
