#include "daemon/survey/survey.hpp"

#include "common/read_file.hpp"
#include "daemon/config/container_key.hpp"
#include "daemon/config/load.hpp"
#include "daemon/core/plan.hpp"
#include "daemon/launch/ssh_routes.hpp"
#include "daemon/process/find_python.hpp"
#include "daemon/process/host_facts.hpp"
#include "daemon/process/host_network.hpp"
#include "daemon/queue/dialect.hpp"
#include "daemon/supervise/host_check.hpp"
#include "daemon/survey/accounts.hpp"
#include "daemon/survey/listeners.hpp"
#include "daemon/survey/machine.hpp"
#include "daemon/survey/places.hpp"

#include <algorithm>
#include <charconv>
#include <unistd.h>

namespace daskd::survey {
namespace {

namespace asio = boost::asio;

bool is_up(told const& heard) {
    return heard.status && heard.status->scheduler && heard.status->scheduler->address;
}

doctor::cluster_facts describe(cluster_view const& view) {
    doctor::cluster_facts found{view.state, view.summary.running, view.summary.desired, {}, view.warnings};
    auto const look = [&found](std::string const& name, std::string const& state, auto const& last_exit) {
        if (state == "failed" || state == "backoff" || state == "unreachable")
            found.ailing.push_back({name, state, last_exit ? last_exit->text : ""});
    };
    if (view.scheduler) look("scheduler", view.scheduler->state, view.scheduler->last_exit);
    for (auto const& worker : view.workers)
        look(worker.name, worker.state, worker.last_exit);
    return found;
}

void look_at_directories(cluster_paths const& paths, config::cluster_settings const& settings,
                         doctor::facts& into) {
    into.directories.push_back(look_at_directory("sockets", paths.runtime_dir, "DASKD_RUNTIME_DIR", true));
    into.directories.push_back(look_at_directory("state and logs", paths.state_dir, "DASKD_STATE_DIR", true));
    auto const home = process_environment()("HOME").value_or("");
    for (auto const& pool : settings.pools)
        if (pool.local_directory && pool.launcher == config::launcher_kind::local && !pool.container)
            into.directories.push_back(look_at_directory(
                "spilling of " + pool.name, config::expand_home(*pool.local_directory, home),
                "daskd.pools." + pool.name + ".local_directory", false));
}

std::string find_program(std::string const& name) {
    return process::find_on_path(name, process_environment()("PATH").value_or(""), process::is_executable);
}

void look_for_programs(config::cluster_settings const& settings, doctor::facts& into) {
    auto const look = [&](std::string const& pool, std::string const& name) {
        into.programs.push_back({pool, name, find_program(name)});
    };
    if (auto const& c = settings.scheduler.container) look("scheduler", config::to_string(c->engine));
    for (auto const& pool : settings.pools) {
        bool const is_here = pool.launcher == config::launcher_kind::local;
        if (is_here && pool.container) look(pool.name, config::to_string(pool.container->engine));
        if (config::is_job_queue(pool.launcher))
            look(pool.name, queue::dialect_of(pool.launcher).submit("").argv.front());
    }
}

/// The number behind the last colon; 0 if there is none.
int port_in(std::string const& address) {
    int port = 0;
    auto const text = std::string_view(address).substr(address.rfind(':') + 1);
    std::from_chars(text.data(), text.data() + text.size(), port);
    return port;
}

/// Ports that a cluster which is down would take.
void look_at_ports(config::cluster_settings const& settings, doctor::facts& into) {
    constexpr int usual_port = 8786;
    constexpr int usual_dashboard = 8787;
    auto const look = [&](std::string key, int number, bool is_demanded) {
        if (number != 0)
            into.ports.push_back({std::move(key), number, is_demanded, false, listener_on(number)});
    };
    auto const& scheduler = settings.scheduler;
    look("daskd.scheduler.port", scheduler.port.value_or(usual_port), scheduler.port.has_value());
    if (!scheduler.dashboard.wanted) return;
    auto const& address = scheduler.dashboard.address;
    look("daskd.scheduler.dashboard", address ? port_in(*address) : usual_dashboard, address.has_value());
}

/// Those of a running cluster are its own.
void note_ports(scheduler_view const& scheduler, doctor::facts& into) {
    into.ports.push_back({*scheduler.address, port_in(*scheduler.address), false, true, {}});
}

struct share {
    int threads = 0;
    std::optional<std::uint64_t> memory_bytes;
};

void add_shares(std::vector<share> const& workers, doctor::limit_facts& into) {
    bool has_unlimited = false;
    for (auto const& worker : workers) {
        ++into.workers;
        into.worker_threads += worker.threads;
        into.worker_memory_bytes += worker.memory_bytes.value_or(0);
        has_unlimited = has_unlimited || !worker.memory_bytes;
    }
    if (has_unlimited) into.worker_memory_bytes = 0;
}

void look_at_room(told const& heard, core::plan const& plan, doctor::facts& into) {
    bool const is_running = is_up(heard);
    auto const scheduler = is_running ? heard.status->scheduler->pid.value_or(0) : 0;
    into.limits = look_at_limits(scheduler);
    into.limits.are_running = is_running;
    std::vector<share> shares;
    if (is_running) {
        for (auto const& worker : heard.status->workers)
            if (worker.host == core::this_host) shares.push_back({worker.threads, worker.memory_limit_bytes});
    } else {
        for (auto const& worker : plan.workers)
            if (worker.host == core::this_host) shares.push_back({worker.threads, worker.memory_limit_bytes});
    }
    add_shares(shares, into.limits);
}

void look_at_reach(told const& heard, core::plan_input const& input, core::plan const& plan,
                   doctor::facts& into) {
    auto& reach = into.reach;
    if (is_up(heard)) {
        reach.address = *heard.status->scheduler->address;
        reach.has_tls = reach.address.starts_with("tls://");
        auto const begin = reach.address.find("://") + 3;
        reach.is_loopback = core::is_loopback(reach.address.substr(begin, reach.address.rfind(':') - begin));
    } else {
        reach.address = plan.scheduler.host;
        reach.has_tls = core::choose_tls(input.settings.tls, reach.address, input.settings.dask) !=
                        core::tls_source::none;
        reach.is_loopback = core::is_loopback(reach.address);
    }
    reach.others = other_people(read_file("/etc/passwd").value_or(""), active_users(), ::getuid());
}

/// What a plan needs to be made for counting; nothing of it is started.
asio::awaitable<core::plan_input> make_input(config::cluster_settings settings) {
    core::plan_input input;
    input.settings = std::move(settings);
    auto const host = process::read_host_facts();
    input.local_host = {host.cores, host.memory_bytes};
    input.pythons[""] = "python3";
    for (auto const& pool : input.settings.pools)
        input.pythons[pool.name] = "python3";
    // What cannot be started yet is not counted.
    std::erase_if(input.settings.pools, [](auto const& pool) { return config::is_job_queue(pool.launcher); });
    input.network.addresses = process::read_host_network().addresses;
    auto looking = launch::routes_to_hosts(input.settings.pools);
    input.network.routes = co_await std::move(looking);
    co_return input;
}

} // namespace

asio::awaitable<doctor::facts> look_around(cluster_paths paths,
                                           std::optional<std::filesystem::path> config_file, told heard) {
    doctor::facts seen;
    seen.cluster = paths.cluster;
    seen.daemon = heard.daemon;
    if (heard.status) seen.status = describe(*heard.status);
    auto loaded = config::load(config::find_sources(process::own_environment(), std::move(config_file), ""));
    supervise::check_against_host(loaded);
    seen.config_files = loaded.files;
    for (auto const& d : loaded.diagnostics)
        seen.config_problems.push_back(to_string(d));
    look_at_directories(paths, loaded.settings, seen);
    seen.session = look_at_session(process_environment(), heard.unit);
    if (!loaded.diagnostics.empty()) co_return seen; // the rest follows from settings

    auto finding = find_places(seen, loaded.settings, heard);
    co_await std::move(finding);
    look_for_programs(loaded.settings, seen);
    auto making = make_input(loaded.settings);
    auto const input = co_await std::move(making);
    auto const plan = core::make_plan(input);
    if (is_up(heard))
        note_ports(*heard.status->scheduler, seen);
    else
        look_at_ports(loaded.settings, seen);
    look_at_room(heard, plan, seen);
    look_at_reach(heard, input, plan, seen);
    co_return seen;
}

} // namespace daskd::survey
