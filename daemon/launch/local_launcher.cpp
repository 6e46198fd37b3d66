#include "daemon/launch/local_launcher.hpp"

#include "common/agent_ledger.hpp"
#include "common/fault.hpp"
#include "common/read_file.hpp"
#include "daemon/launch/agent_program.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <csignal>
#include <fstream>

namespace daskd::launch {
namespace {

using namespace core::happened;

/// No agent knows it any more, because its ledger was lost. Nobody could follow it, and its successor comes.
void end_forgotten(core::running_process const& p) {
    if (!is_alive({p.process.pid, p.process.start_time, boot_id()})) return;
    spdlog::warn("{} (pid {}) is unknown to its host agent and is ended", p.launch.name, p.process.pid);
    ::kill(-p.process.pid, SIGKILL); // it leads a session and a process group of its own
}

} // namespace

local_launcher::local_launcher(boost::asio::any_io_executor executor, cluster_paths paths,
                               std::optional<agent_link::revival> revive, event_sink on_event,
                               std::function<void()> on_agent_ended)
    : executor_(std::move(executor)),
      paths_(std::move(paths)),
      revive_(std::move(revive)),
      on_event_(std::move(on_event)),
      on_agent_ended_(std::move(on_agent_ended)) {}

local_launcher::~local_launcher() {
    for (auto& [id, known] : agents_)
        if (known.agent) known.agent->leave();
}

result<void> local_launcher::write_program() const {
    auto const path = paths_.agent_program();
    std::string_view const program(reinterpret_cast<char const*>(agent_program_data), agent_program_size);
    if (read_file(path) == program) return {};
    auto const temporary = path.string() + ".new";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(program.data(), static_cast<std::streamsize>(program.size()));
    file.close();
    std::error_code ec;
    if (file) std::filesystem::rename(temporary, path, ec);
    if (!file || ec)
        return error{errc::failed, "cannot write " + path.string(),
                     "is the file system of the runtime directory full?"};
    return {};
}

void local_launcher::start_agent(core::agent_spec const& spec) {
    if (auto written = write_program(); !written)
        return on_event_(agent_failed{spec.id, written.error().what, false});
    local_agent::settings const where{
        paths_.agent_socket(spec.id),        paths_.agent_ledger(spec.id),       paths_.agent_program(),
        paths_.log_file("agent-" + spec.id), paths_.scheduler_socket().string(), revive_};
    auto agent = std::make_shared<local_agent>(
        executor_, spec, where,
        local_agent::callbacks{[this, id = spec.id](agent_link::message const& m) { on_message(id, m); },
                               [this, id = spec.id](std::string const& text, bool fatal) {
                                   on_event_(agent_failed{id, text, fatal});
                               },
                               [this, id = spec.id] { on_gone(id); }});
    agents_[spec.id].agent = agent;
    agent->start();
}

void local_launcher::stop_agent(std::string const& id) {
    auto const it = agents_.find(id);
    if (it == agents_.end()) return;
    auto const agent = it->second.agent;
    agents_.erase(it);
    if (!agent) return;
    ++ending_;
    agent->shut_down([this] {
        --ending_;
        on_agent_ended_();
    });
}

void local_launcher::send(std::string const& agent, json const& op) {
    if (auto const it = agents_.find(agent); it != agents_.end() && it->second.agent)
        it->second.agent->send(op);
}

void local_launcher::renew_agent(std::string const& id, std::string const& reason) {
    send(id, agent_link::renew_op(reason));
}

void local_launcher::spawn(agent_link::spawn_request const& request) {
    auto const it = agents_.find(request.process.agent);
    if (it == agents_.end() || !it->second.agent)
        return on_event_(spawn_failed{request.launch, "its host agent is not running"});
    fault::at(fault::step::spawn_wanted);
    it->second.agent->send(agent_link::spawn_op(request));
    fault::at(fault::step::spawn_sent);
}

void local_launcher::send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                                 bool whole_tree) {
    send(agent, agent_link::signal_op(launch, signal, whole_tree));
    fault::at(fault::step::signal_sent);
}

void local_launcher::examine(std::string const& agent, core::launch_id const& launch) {
    send(agent, agent_link::examine_op(launch));
}

agent_link::agent_facts const* local_launcher::facts(std::string const& agent) const {
    auto const it = agents_.find(agent);
    if (it == agents_.end() || !it->second.agent || !it->second.agent->facts()) return nullptr;
    return &*it->second.agent->facts();
}

void local_launcher::leave() {
    for (auto& [id, known] : agents_)
        if (known.agent) known.agent->leave(true);
    agents_.clear();
}

std::vector<std::string> local_launcher::left_agents() const {
    auto ids = agents_in(paths_.runtime_dir);
    std::erase_if(ids, [&](std::string const& id) {
        if (async::json_connection::connect(executor_, paths_.agent_socket(id))) return false;
        auto const ledger = read_agent_ledger(paths_.agent_ledger(id));
        return !ledger || ledger->living.empty();
    });
    return ids;
}

void local_launcher::on_exited(std::string const& id, agent_link::exited const& e) {
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

void local_launcher::on_hello(std::string const& id, agent_link::hello const& h) {
    for (auto const& e : h.exits)
        on_exited(id, e);
    agent_ready ready{id, {}, h.renewed.empty() ? "" : "renewed itself: " + h.renewed};
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
}

void local_launcher::on_message(std::string const& id, agent_link::message const& m) {
    if (auto const* h = std::get_if<agent_link::hello>(&m)) {
        on_hello(id, *h);
    } else if (auto const* s = std::get_if<agent_link::spawned>(&m)) {
        agents_[id].processes[s->launch.name] = {s->launch, s->process, 0, s->memory_enforced_by};
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

void local_launcher::on_gone(std::string const& id) {
    if (auto const it = agents_.find(id); it != agents_.end()) it->second.agent.reset();
    on_event_(agent_gone{id});
}

} // namespace daskd::launch
