#include "daemon/launch/ssh_launcher.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/launch/ssh_agent.hpp"
#include "daemon/ssh/unix_bridge.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::launch {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr auto look_limit = 10s;
/// `sys.argv`: an address of Dask's.
constexpr auto look_program =
    R"(import socket, sys, urllib.parse
to = urllib.parse.urlsplit(sys.argv[1])
try: socket.create_connection((to.hostname, to.port), 5).close()
except OSError as error: sys.exit(f"{error}"))";

/// Dask's worker would try for a minute, and say so in its log alone.
asio::awaitable<void> look_at_way_back(std::shared_ptr<ssh_host> host, std::string python,
                                       std::string scheduler, ssh_launcher::notice_sink on_notice) {
    auto const session = host->present();
    if (!session) co_return;
    auto looking =
        session->run(ssh::shell_word(python) + " - " + ssh::shell_word(scheduler), look_program, look_limit);
    auto const looked = co_await std::move(looking);
    if (!looked || looked->status.code != 1 || looked->err.empty()) co_return;
    auto const& name = host->login().host.name;
    on_notice(name, name + " cannot reach the scheduler at " + scheduler + ": " +
                        looked->err.substr(0, looked->err.find('\n')) +
                        "; open that port in the firewalls between them, or set daskd.scheduler.host to an "
                        "address of this machine that it reaches, or 'tunnel: true' in its pool");
}

} // namespace

using namespace core::happened;

ssh_launcher::ssh_launcher(boost::asio::any_io_executor executor, std::string cluster, std::string log_dir,
                           std::shared_ptr<launch::tunnels> tunnels, event_sink on_event,
                           std::function<void()> on_agent_ended, silence_sink on_silence,
                           notice_sink on_notice)
    : agent_launcher(std::move(executor), std::move(on_event), std::move(on_agent_ended),
                     std::move(on_silence)),
      cluster_(std::move(cluster)),
      log_dir_(std::move(log_dir)),
      tunnels_(std::move(tunnels)),
      on_notice_(std::move(on_notice)) {}

std::shared_ptr<ssh_host> ssh_launcher::host_of(core::agent_spec const& spec) {
    ssh_login login{*spec.host, spec.identity, spec.known_hosts};
    std::erase_if(connections_, [](auto const& host) { return host.expired(); });
    for (auto const& known : connections_)
        if (auto host = known.lock(); host && host->login() == login) return host;
    auto host = std::make_shared<ssh_host>(std::move(login));
    connections_.push_back(host);
    return host;
}

void ssh_launcher::start_agent(core::agent_spec const& spec) {
    auto const host = hosts_[spec.id] = host_of(spec);
    looked_.erase(spec.id);
    if (spec.tunnel) looked_.insert(spec.id); // it reaches it as soon as it is there
    ssh_agent::settings const there{cluster_, log_dir_ + "/agent-" + spec.id + ".log",
                                    spec.tunnel ? tunnels_ : nullptr,
                                    [this, id = spec.id](std::string const& text) {
                                        tell(agent_delayed{id, text});
                                    }};
    // What would start daskd again is on daskd's own host, and so is the scheduler link.
    talk(spec.id, std::make_shared<ssh_agent>(executor(), spec, host, there),
         agent_link::hello_op(std::nullopt, spec.orphan_timeout, std::nullopt));
}

void ssh_launcher::stop_agent(std::string const& id) {
    agent_launcher::stop_agent(id);
    hosts_.erase(id);
}

void ssh_launcher::spawn(agent_link::spawn_request const& request) {
    agent_launcher::spawn(request);
    auto const& agent = request.process.agent;
    auto const it = hosts_.find(agent);
    auto const* known = facts(agent);
    if (it == hosts_.end() || known == nullptr || !looked_.insert(agent).second) return;
    async::spawn_task(executor(), "way from " + it->second->login().host.name + " to the scheduler",
                      look_at_way_back(it->second, known->executable, request.args.front(), on_notice_));
}

void ssh_launcher::renew_connection(std::string const& home) {
    for (auto const& [id, host] : hosts_)
        if (config::to_string(host->login().host) == home) host->drop("the tunnel's mouth there has ended");
}

void ssh_launcher::leave() {
    agent_launcher::leave();
    tunnels_->leave();
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
