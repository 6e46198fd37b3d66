#include "daemon/launch/local_launcher.hpp"

#include "common/agent_ledger.hpp"
#include "daemon/async/unix_socket.hpp"
#include "daemon/launch/agent_file.hpp"
#include "daemon/launch/contained_agent.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>

namespace daskd::launch {
namespace {

using namespace core::happened;

} // namespace

local_launcher::local_launcher(boost::asio::any_io_executor executor, cluster_paths paths, survival s,
                               event_sink on_event, std::function<void()> on_agent_ended,
                               silence_sink on_silence)
    : agent_launcher(std::move(executor), std::move(on_event), std::move(on_agent_ended),
                     std::move(on_silence)),
      paths_(std::move(paths)),
      survival_(std::move(s)) {}

std::vector<std::string> local_launcher::scope_of(std::string const& agent) const {
    if (survival_.unit.empty()) return {};
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    auto const stamp = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    return scope_command(survival_.unit, paths_.cluster, agent, static_cast<std::uint64_t>(stamp));
}

void local_launcher::start_agent(core::agent_spec const& spec) {
    if (auto written = write_agent_program(paths_); !written)
        return tell(agent_failed{spec.id, written.error().what, false});
    // An image has no daskd that the agent could start again: that is for an agent outside.
    auto const revive = spec.container ? std::nullopt : survival_.revive;
    talk(spec.id, way_to(spec),
         agent_link::hello_op(revive, spec.orphan_timeout, paths_.scheduler_socket().string()));
}

std::shared_ptr<agent_transport> local_launcher::way_to(core::agent_spec const& spec) {
    local_agent::settings const where{paths_.agent_socket(spec.id), paths_.agent_ledger(spec.id),
                                      paths_.agent_program(), paths_.log_file("agent-" + spec.id),
                                      scope_of(spec.id)};
    if (!spec.container) return std::make_shared<local_agent>(executor(), spec, where);
    container::callbacks const calls{[this, id = spec.id](std::string const& text) {
                                         tell(agent_delayed{id, text});
                                     },
                                     [this, id = spec.id] { return scope_of(id); }};
    return std::make_shared<contained_agent>(executor(), spec, where,
                                             std::make_shared<container>(executor(), spec, paths_, calls));
}

std::vector<std::string> local_launcher::left_agents() const {
    auto ids = agents_in(paths_.runtime_dir);
    std::erase_if(ids, [&](std::string const& id) {
        if (answers(id)) return false;
        auto const ledger = read_agent_ledger(paths_.agent_ledger(id));
        return !ledger || ledger->living.empty();
    });
    return ids;
}

bool local_launcher::answers(std::string const& agent) const {
    return async::is_served(executor(), paths_.agent_socket(agent));
}

result<void> local_launcher::keep_files() {
    std::error_code ignored;
    auto const agents = known_agents();
    if (agents.empty()) return {};
    if (!std::filesystem::exists(paths_.agent_program(), ignored))
        if (auto written = write_agent_program(paths_); !written) return written;
    for (auto const& id : agents)
        if (!std::filesystem::exists(paths_.agent_socket(id), ignored)) send(id, agent_link::listen_op());
    return {};
}

void local_launcher::end_forgotten(core::running_process const& p) {
    if (!is_alive({p.process.pid, p.process.start_time, boot_id()})) return;
    spdlog::warn("{} (pid {}) is unknown to its host agent and is ended", p.launch.name, p.process.pid);
    ::kill(-p.process.pid, SIGKILL); // it leads a session and a process group of its own
}

void local_launcher::on_lost(std::string const& id, std::string const& /*why*/) {
    tell(agent_gone{id});
}

} // namespace daskd::launch
