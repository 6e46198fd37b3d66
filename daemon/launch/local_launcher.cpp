#include "daemon/launch/local_launcher.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/launch/agent_program.hpp"
#include "daemon/process/pid_watch.hpp"
#include "daemon/process/process_id.hpp"

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
    : agent_launcher(std::move(on_event), std::move(on_agent_ended)),
      executor_(std::move(executor)),
      paths_(std::move(paths)),
      revive_(std::move(revive)) {}

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
        return tell(agent_failed{spec.id, written.error().what, false});
    local_agent::settings const where{paths_.agent_socket(spec.id), paths_.agent_program(),
                                      paths_.log_file("agent-" + spec.id)};
    talk(spec.id, std::make_shared<local_agent>(executor_, spec, where),
         agent_link::hello_op(revive_, spec.orphan_timeout, paths_.scheduler_socket().string()));
}

void local_launcher::send_signal(std::string const& agent, core::launch_id const& launch, int signal,
                                 bool whole_tree) {
    if (auto const it = orphans_.find(launch.name); it != orphans_.end() && it->second.launch == launch) {
        auto const& p = it->second.process;
        // It leads a session and process group of its own; the agent that knew its whole tree is gone.
        if (process::is_alive(identity(p))) ::kill(whole_tree ? -p.pid : p.pid, signal);
        return;
    }
    agent_launcher::send_signal(agent, launch, signal, whole_tree);
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

void local_launcher::on_lost(std::string const& id, std::string const& /*why*/, processes had) {
    tell(agent_gone{id});
    for (auto const& [name, p] : had) {
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
    self.tell(exited{launch, {}});
}

} // namespace daskd::launch
