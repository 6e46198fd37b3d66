#include "daemon/launch/local_launcher.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/launch/agent_program.hpp"
#include "daemon/process/pid_watch.hpp"
#include "daemon/process/process_id.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <fstream>

namespace daskd::launch {
namespace {

using namespace core::happened;

process::process_id identity(core::process_ref const& p) {
    return {p.pid, p.start_time, process::boot_id()};
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
        known.agent->leave();
}

result<void> local_launcher::write_program() const {
    auto const path = paths_.agent_program();
    auto const temporary = path.string() + ".new";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<char const*>(agent_program_data),
               static_cast<std::streamsize>(agent_program_size));
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
    local_agent::settings const where{paths_.agent_socket(spec.id),
                                      paths_.agent_program(),
                                      paths_.log_file("agent-" + spec.id),
                                      paths_.scheduler_socket().string(),
                                      spec.container ? std::nullopt : revive_,
                                      container_for(spec)};
    auto agent = std::make_shared<local_agent>(
        executor_, spec, where,
        local_agent::callbacks{[this, id = spec.id](agent_link::message const& m) { on_message(id, m); },
                               [this, id = spec.id](std::string const& text, bool fatal) {
                                   on_event_(agent_failed{id, text, fatal});
                               },
                               [this, id = spec.id] { on_gone(id); }});
    agents_[spec.id] = {agent, {}};
    agent->start();
}

/// An image has no daskd that the agent could start again: that is for an agent outside.
std::shared_ptr<container> local_launcher::container_for(core::agent_spec const& spec) {
    if (!spec.container) return nullptr;
    auto const on_news = [this, id = spec.id](std::string const& text) {
        on_event_(agent_delayed{id, text});
    };
    return containers_[spec.id] = std::make_shared<container>(executor_, spec, paths_, on_news);
}

void local_launcher::stop_agent(std::string const& id) {
    auto const it = agents_.find(id);
    if (it == agents_.end() && !containers_.contains(id)) return;
    ++ending_;
    auto const clean_up = [this, id] {
        async::spawn_task(executor_, "end of agent " + id, remove_container(*this, id));
    };
    if (it == agents_.end()) return clean_up();
    auto const agent = it->second.agent;
    agents_.erase(it);
    agent->shut_down(clean_up);
}

boost::asio::awaitable<void> local_launcher::remove_container(local_launcher& self, std::string id) {
    if (auto const known = self.containers_.extract(id)) co_await known.mapped()->remove();
    --self.ending_;
    self.on_agent_ended_();
}

void local_launcher::renew_agent(std::string const& id, std::string const& reason) {
    if (auto const it = agents_.find(id); it != agents_.end())
        it->second.agent->send(agent_link::renew_op(reason));
}

void local_launcher::spawn(agent_link::spawn_request const& request) {
    auto const it = agents_.find(request.process.agent);
    if (it == agents_.end()) return on_event_(spawn_failed{request.launch, "its host agent is not running"});
    it->second.agent->send(agent_link::spawn_op(request));
}

void local_launcher::send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                                 bool whole_tree) {
    if (auto const it = orphans_.find(launch.name); it != orphans_.end() && it->second.launch == launch) {
        auto const& p = it->second.process;
        // It leads a session and process group of its own; the agent that knew its whole tree is gone.
        if (process::is_alive(identity(p))) ::kill(whole_tree ? -p.pid : p.pid, signal);
        return;
    }
    if (auto const it = agents_.find(agent); it != agents_.end())
        it->second.agent->send(agent_link::signal_op(launch, signal, whole_tree));
}

void local_launcher::examine(std::string const& agent, core::launch_id const& launch) {
    if (auto const it = agents_.find(agent); it != agents_.end())
        it->second.agent->send(agent_link::examine_op(launch));
}

agent_link::agent_facts const* local_launcher::facts(std::string const& agent) const {
    auto const it = agents_.find(agent);
    if (it == agents_.end() || !it->second.agent->facts()) return nullptr;
    return &*it->second.agent->facts();
}

void local_launcher::leave() {
    for (auto& [id, known] : agents_) {
        known.agent->send(agent_link::goodbye_op());
        known.agent->leave();
    }
    agents_.clear();
}

std::vector<std::string> local_launcher::left_agents() const {
    std::vector<std::string> ids;
    std::error_code ec;
    for (auto const& entry : std::filesystem::directory_iterator(paths_.runtime_dir, ec)) {
        auto const name = entry.path().filename().string();
        if (name.starts_with("agent-") && name.ends_with(".sock"))
            ids.push_back(name.substr(6, name.size() - 11));
    }
    return ids;
}

void local_launcher::on_exited(std::string const& id, agent_link::exited const& e) {
    auto& known = agents_[id];
    known.processes.erase(e.launch.name);
    on_event_(exited{e.launch, e.status});
    // Told, and in the history by now: the agent may forget it.
    if (known.agent) known.agent->send(agent_link::ack_op(e.seq));
}

void local_launcher::on_message(std::string const& id, agent_link::message const& m) {
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

void local_launcher::on_gone(std::string const& id) {
    auto const it = agents_.find(id);
    if (it == agents_.end()) return;
    auto const processes = std::move(it->second.processes);
    agents_.erase(it);
    on_event_(agent_gone{id});
    for (auto const& [name, p] : processes) {
        orphans_[name] = p;
        async::spawn_task(executor_, "orphan " + name, watch_orphan(*this, p.launch, p.process));
    }
}

boost::asio::awaitable<void> local_launcher::watch_orphan(local_launcher& self, core::launch_id launch,
                                                          core::process_ref process) {
    if (auto watch = process::pid_watch::open(self.executor_, identity(process))) co_await watch->wait();
    if (auto const it = self.orphans_.find(launch.name);
        it != self.orphans_.end() && it->second.launch == launch)
        self.orphans_.erase(it);
    self.on_event_(exited{launch, {}});
}

} // namespace daskd::launch
