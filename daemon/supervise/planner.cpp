#include "daemon/supervise/planner.hpp"

#include "common/names.hpp"
#include "daemon/config/container_key.hpp"
#include "daemon/core/nanny_environment.hpp"
#include "daemon/launch/elsewhere.hpp"
#include "daemon/launch/ssh_routes.hpp"
#include "daemon/process/host_facts.hpp"
#include "daemon/process/host_network.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/queue/dialect.hpp"
#include "daemon/supervise/host_check.hpp"
#include "daemon/supervise/tls_setup.hpp"

#include <algorithm>
#include <utility>

namespace daskd::supervise {
namespace {

std::vector<std::pair<std::string, std::string>> as_flags(state::overrides const& o) {
    std::vector<std::pair<std::string, std::string>> flags;
    if (o.workers) flags.emplace_back("daskd.pools.local.workers", std::to_string(*o.workers));
    if (o.threads) flags.emplace_back("daskd.pools.local.threads", std::to_string(*o.threads));
    if (o.memory) flags.emplace_back("daskd.pools.local.memory", *o.memory);
    return flags;
}

/// Keeps only the pools that `up` named.
result<void> keep_pools(config::cluster_settings& settings, std::vector<std::string> const& wanted) {
    if (wanted.empty()) return {};
    std::vector<std::string> names;
    for (auto const& pool : settings.pools)
        names.push_back(pool.name);
    for (auto const& name : wanted)
        if (std::ranges::find(names, name) == names.end())
            return error{errc::unknown_name, "there is no pool '" + name + "'",
                         did_you_mean_or(name, names, "see: daskctl config show")};
    std::erase_if(settings.pools,
                  [&](auto const& pool) { return std::ranges::find(wanted, pool.name) == wanted.end(); });
    return {};
}

/// A queue's commands must be here, unless they run elsewhere.
result<void> find_queues(config::cluster_settings const& settings, process::environment const& environment) {
    auto const path = environment.find("PATH");
    for (auto const& pool : settings.pools) {
        if (!config::is_job_queue(pool.launcher) || pool.submit_host) continue;
        std::string const program = queue::dialect_of(pool.launcher).submit("").argv.front();
        if (!process::find_on_path(program, path == environment.end() ? "" : path->second,
                                   process::is_executable)
                 .empty())
            continue;
        return error{errc::bad_configuration,
                     "daskd.pools." + pool.name + ".launcher: there is no '" + program + "' on PATH",
                     "go to a machine that jobs are submitted from, or name it: submit_host"};
    }
    return {};
}

/// What people should think of who have left something out.
std::vector<std::string> advice(config::cluster_settings const& settings) {
    using kind = config::memory_setting::kind;
    std::vector<std::string> list;
    for (auto const& pool : settings.pools)
        if (config::is_job_queue(pool.launcher) && !pool.job_memory_bytes &&
            pool.memory.is == kind::automatic)
            list.push_back(
                "daskd.pools." + pool.name +
                ".job_memory is not given: the queue's default holds, and no worker knows how much "
                "memory it has");
    return list;
}

/// What agents inherit from daskd itself wins over Dask's configuration as well, unless `up` brought another.
void add_inherited(core::environment& user, json const& dask) {
    auto const own = process::own_environment();
    for (auto const& name : core::nanny_variables(dask))
        if (auto const it = own.find(name); it != own.end()) user.insert(*it);
}

/// Found by the image's own PATH.
constexpr auto contained_python = "python3";

/// The programs of all the engines that the configuration names.
result<void> find_engines(core::plan_input& input, process::environment const& environment) {
    auto const path = environment.find("PATH");
    auto const look = [&](std::string const& place, auto const& container) -> result<void> {
        if (!container || input.engines.contains(container->engine)) return {};
        auto const name = config::to_string(container->engine);
        auto const program = process::find_on_path(name, path == environment.end() ? "" : path->second,
                                                   process::is_executable);
        if (program.empty())
            return error{errc::bad_configuration,
                         place + ".container.engine: there is no '" + name + "' on PATH",
                         "install " + name + ", or name another engine"};
        input.engines[container->engine] = program;
        return {};
    };
    for (auto const& pool : input.settings.pools)
        if (pool.launcher == config::launcher_kind::ssh)
            continue; // its hosts have their own
        else if (auto found = look("daskd.pools." + pool.name, pool.container); !found)
            return found;
    return look("daskd.scheduler", input.settings.scheduler.container);
}

void scale(core::plan_input& input, state::intent const& intent) {
    input.scaled = intent.scaled;
    input.adapt = intent.adapt;
    input.adapted = intent.adapted;
}

} // namespace

error as_error(std::vector<config::diagnostic> const& diagnostics) {
    error e{errc::bad_configuration, "", "check it with: daskctl config check"};
    for (auto const& d : diagnostics)
        e.what += (e.what.empty() ? "" : "\n") + to_string(d);
    return e;
}

bool planner::learn(made& present, std::string const& host, core::host_resources const& resources) {
    hosts_[host] = resources;
    auto const [it, is_new] = present.input.hosts.try_emplace(host, resources);
    return is_new || std::exchange(it->second, resources) != resources;
}

config::loaded planner::load(state::client_context const& context, state::overrides const& flags) const {
    auto const environment = context.environment.empty() ? process::own_environment() : context.environment;
    auto sources = config::find_sources(environment, config_file_, "");
    sources.flags = as_flags(flags);
    auto loaded = config::load(sources);
    check_against_host(loaded);
    return loaded;
}

boost::asio::awaitable<result<planner::made>> planner::make(state::intent intent) {
    auto loaded = load(intent.context, intent.flags);
    if (!loaded.diagnostics.empty()) co_return as_error(loaded.diagnostics);

    if (auto kept = keep_pools(loaded.settings, intent.pools); !kept) co_return kept.error();

    core::plan_input input;
    input.settings = loaded.settings;
    scale(input, intent);
    input.context = {intent.context.environment, intent.context.cwd};
    add_inherited(input.context.env, loaded.settings.dask);
    auto const host = process::read_host_facts();
    input.local_host = {host.cores, host.memory_bytes};
    input.log_dir = paths_.log_dir();

    auto const environment =
        intent.context.environment.empty() ? process::own_environment() : intent.context.environment;
    auto warnings = advice(loaded.settings);
    bool has_warned = false;
    if (auto found = find_queues(loaded.settings, environment); !found) co_return found.error();
    if (auto found = find_engines(input, environment); !found) co_return found.error();
    for (auto const& pool : loaded.settings.pools) {
        if (pool.launcher == config::launcher_kind::ssh) continue; // its hosts have their own
        if (config::is_job_queue(pool.launcher) && (pool.python || pool.submit_host)) {
            input.pythons[pool.name] = pool.python.value_or("python3"); // the nodes' business
            continue;
        }
        if (pool.container) {
            input.pythons[pool.name] = pool.python.value_or(contained_python);
            continue;
        }
        auto python = co_await pythons_.find(pool.python, environment);
        if (!python) co_return python.error();
        input.pythons[pool.name] = *python;
        auto const warning = pool.python ? std::nullopt : process::passed_over(environment, *python);
        if (warning && !std::exchange(has_warned, true)) warnings.push_back(*warning); // of all the same
    }
    if (auto const& scheduler = loaded.settings.scheduler; scheduler.container) {
        input.pythons[""] = scheduler.python.value_or(contained_python);
    } else {
        auto python = co_await pythons_.find(scheduler.python, environment);
        if (!python) co_return python.error();
        input.pythons[""] = *python;
    }
    input.network.addresses = process::read_host_network().addresses;
    input.network.routes = co_await launch::routes_to_hosts(input.settings.pools);
    input.remote_log_dir = launch::log_dir_elsewhere(paths_.cluster);
    input.hosts = hosts_; // now: some may have told of themselves meanwhile
    if (auto ready = set_up_tls(input, paths_); !ready) co_return ready.error();
    auto plan = core::make_plan(input);
    if (auto const why = core::why_impossible(input.settings, plan))
        co_return error{errc::bad_configuration, *why, "check it with: daskctl config show"};
    co_return made{std::move(plan), std::move(loaded.files), std::move(input), std::move(warnings)};
}

core::plan planner::again(made const& before, state::intent const& intent) {
    auto input = before.input;
    scale(input, intent);
    return core::make_plan(input);
}

void planner::keep_running(made const& running, made& fresh) {
    auto settings = running.input.settings;
    for (auto const& pool : fresh.input.settings.pools)
        if (std::ranges::find(settings.pools, pool.name, &config::pool_settings::name) ==
            settings.pools.end())
            settings.pools.push_back(pool);
    fresh.input.settings = std::move(settings);
    for (auto const& [pool, python] : running.input.pythons)
        fresh.input.pythons[pool] = python;
}

} // namespace daskd::supervise
