#include "daemon/launch/ssh_launcher.hpp"

#include "daemon/launch/ssh_agent.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::launch {

using namespace core::happened;

ssh_launcher::ssh_launcher(boost::asio::any_io_executor executor, std::string cluster, std::string log_dir,
                           event_sink on_event, std::function<void()> on_agent_ended, silence_sink on_silence)
    : agent_launcher(std::move(executor), std::move(on_event), std::move(on_agent_ended),
                     std::move(on_silence)),
      cluster_(std::move(cluster)),
      log_dir_(std::move(log_dir)) {}

std::shared_ptr<ssh_host> ssh_launcher::host_of(core::agent_spec const& spec) {
    ssh_login login{*spec.host, spec.identity, spec.known_hosts};
    for (auto const& [id, host] : hosts_)
        if (host->login() == login) return host;
    return std::make_shared<ssh_host>(std::move(login));
}

void ssh_launcher::start_agent(core::agent_spec const& spec) {
    auto const host = hosts_[spec.id] = host_of(spec);
    ssh_agent::settings const there{cluster_, log_dir_ + "/agent-" + spec.id + ".log"};
    // What would start daskd again is on daskd's own host, and so is the scheduler link.
    talk(spec.id, std::make_shared<ssh_agent>(executor(), spec, host, there),
         agent_link::hello_op(std::nullopt, spec.orphan_timeout, std::nullopt));
}

void ssh_launcher::stop_agent(std::string const& id) {
    agent_launcher::stop_agent(id);
    hosts_.erase(id);
}

void ssh_launcher::leave() {
    agent_launcher::leave();
    hosts_.clear();
}

void ssh_launcher::on_failed(std::string const& id, error const& e) {
    bool const is_fatal = e.code == errc::bad_configuration;
    auto const it = hosts_.find(id);
    bool const has_connection = it != hosts_.end() && it->second->present() != nullptr;
    tell(agent_failed{id, e.what + (e.hint.empty() ? "" : "; " + e.hint), is_fatal,
                      !is_fatal && !has_connection});
}

void ssh_launcher::on_lost(std::string const& id, std::string const& /*why*/) {
    auto const it = hosts_.find(id);
    if (it == hosts_.end() || it->second->present())
        tell(agent_gone{id});
    else
        tell(host_lost{id, it->second->why_lost()});
}

void ssh_launcher::end_forgotten(core::running_process const& p) {
    // The scheduler forgets it before its successor starts, and then it ends by itself.
    spdlog::warn("{} (pid {}) is unknown to its host agent", p.launch.name, p.process.pid);
}

} // namespace daskd::launch
