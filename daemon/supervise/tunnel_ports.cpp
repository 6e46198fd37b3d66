#include "daemon/supervise/tunnel_ports.hpp"

#include "common/host_identity.hpp"
#include "daemon/core/tunnels.hpp"
#include "daemon/supervise/port.hpp"
#include "daemon/supervise/supervisor.hpp"

#include <spdlog/spdlog.h>

#include <functional>
#include <set>

// Which ports the processes of a cluster with tunnels have, and that every host knows of them.

namespace daskd::supervise {
namespace {

constexpr auto loopback = "127.0.0.1";
constexpr core::port_choice range{20'000, 29'999};
constexpr int default_scheduler_port = 8786;

bool is_free_here(int port) {
    return is_port_free(loopback, port);
}

} // namespace

core::port_book make_port_book(cluster_paths const& paths) {
    auto const hash = std::hash<std::string>{}(this_host().hostname + paths.state_dir.string());
    int const count = range.last - range.first + 1;
    return {range, range.first + static_cast<int>(hash % static_cast<std::size_t>(count))};
}

void supervisor::update_tunnels() {
    auto const& plan = cluster_.current_plan();
    if (!core::has_tunnels(plan) && ports_.all().empty()) return;
    auto const needs = core::port_needs(plan);
    std::set<std::string> owners;
    for (auto const& [owner, block] : ports_.all())
        if (cluster_.agents().contains(core::agent_of_owner(owner))) owners.insert(owner);
    for (auto const& need : needs)
        owners.insert(need.owner);
    auto const scheduler = tunnelled_scheduler_port();
    if (scheduler) ports_.reserve(*scheduler);
    ports_.keep(owners);
    ports_.provide(needs, is_free_here);
    if (intent_.ports != ports_.all()) {
        intent_.ports = ports_.all();
        save();
    }
    launcher_.tunnels().set_routes(ports_.homes(), scheduler, core::tunnel_tolerance(plan));
}

/// Known before the scheduler runs: hosts that cannot have it must not start workers.
std::optional<int> supervisor::tunnelled_scheduler_port() {
    auto const& spec = cluster_.current_plan().scheduler;
    auto const& running = cluster_.scheduler();
    if (running.state == core::process_state::running)
        if (auto const port = port_of(running.address)) return port;
    if (spec.port) return spec.port;
    if (!intent_.scheduler_port)
        intent_.scheduler_port = is_free_here(default_scheduler_port) ? std::optional(default_scheduler_port)
                                                                      : ports_.spare(is_free_here);
    return intent_.scheduler_port;
}

result<agent_link::port_lists> supervisor::ports_for(core::worker_spec const& w) {
    auto const owners = core::owners_of(w);
    agent_link::port_lists lists{ports_.ports_of(owners.worker), ports_.ports_of(owners.nanny)};
    if (!lists.worker.empty()) return lists;
    std::string why;
    auto const it = ports_.all().find(owners.worker);
    if (it != ports_.all().end())
        for (int const port : it->second.retired)
            why += (why.empty() ? ": " : ", ") + std::to_string(port) + " (" + taken_ports_[port] + ")";
    return error{errc::failed, "there is no port for it that is free on all hosts" + why,
                 "end the program that has it, or choose others by --worker-port in its pool's args"};
}

void supervisor::on_port_taken(std::string const& home, int port, std::string const& why) {
    auto const place = home.empty() ? "this machine" : home;
    spdlog::warn("tunnel: port {} on {}: {}", port, place, why);
    if (!ports_.retire(port)) return;
    taken_ports_[port] = place + ": " + why;
    update_tunnels();
    for (auto const* w : cluster_.workers())
        if (w->process && port_of(w->address) == port)
            notice(place + " does not reach " + w->name + ": its port " + std::to_string(port) +
                   " cannot be had there (" + why + "); another one comes with: daskctl restart-worker " +
                   w->name);
}

} // namespace daskd::supervise
