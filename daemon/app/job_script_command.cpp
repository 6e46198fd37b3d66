#include "daemon/app/job_script_command.hpp"

#include "common/host_identity.hpp"
#include "common/join.hpp"
#include "common/names.hpp"
#include "common/paths.hpp"
#include "daemon/config/load.hpp"
#include "daemon/core/plan.hpp"
#include "daemon/core/tls.hpp"
#include "daemon/launch/agent_program.hpp"
#include "daemon/launch/elsewhere.hpp"
#include "daemon/process/find_python.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/queue/dialect.hpp"
#include "daemon/queue/private_file.hpp"
#include "daemon/supervise/planner.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <unistd.h>

namespace daskd::app {
namespace {

namespace asio = boost::asio;

result<config::pool_settings> find_pool(config::cluster_settings const& settings, std::string const& name) {
    std::vector<std::string> names;
    for (auto const& pool : settings.pools) {
        names.push_back(pool.name);
        if (pool.name != name) continue;
        if (config::is_job_queue(pool.launcher)) return pool;
        return error{errc::bad_configuration,
                     "pool '" + name + "' is not in a job queue: its launcher is '" +
                         config::to_string(pool.launcher) + "'",
                     "write 'launcher: slurm' (or sge, htcondor, pbs, lsf) into its configuration"};
    }
    return error{errc::unknown_name, "there is no pool '" + name + "', but " + join(names, ", "),
                 did_you_mean_or(name, names, "see: daskctl config show")};
}

/// The one that is named is the nodes' business; otherwise it is the one in use here.
result<std::string> find_python(config::pool_settings const& pool) {
    if (pool.python) return *pool.python;
    asio::io_context context;
    process::python_finder finder;
    auto found =
        asio::co_spawn(context, finder.find(pool.python, process::own_environment()), asio::use_future);
    context.run();
    return found.get();
}

/// Where the scheduler would listen for other hosts.
std::string scheduler_address(config::cluster_settings const& settings) {
    constexpr auto standard_port = 8786;
    auto const& given = settings.scheduler.host;
    bool const is_any = !given || *given == "0.0.0.0" || *given == "::";
    auto const host = is_any ? this_host().hostname : *given;
    auto const tls = core::choose_tls(settings.tls, host, settings.dask) != core::tls_source::none;
    return (tls ? "tls://" : "tcp://") + host + ":" +
           std::to_string(settings.scheduler.port.value_or(standard_port));
}

/// The job, and the file of its private part, have a number of their own when it is submitted.
result<std::string> make_script(std::string const& name, options const& o) {
    auto const paths = find_paths(o.cluster, process_environment(), ::getuid());
    if (!paths) return paths.error();
    auto const loaded = config::load(config::find_sources(process::own_environment(), o.config_file, ""));
    if (!loaded.diagnostics.empty()) return supervise::as_error(loaded.diagnostics);
    auto const pool = find_pool(loaded.settings, name);
    if (!pool) return pool.error();
    auto const python = find_python(*pool);
    if (!python) return python.error();
    core::plan_input input;
    input.settings = loaded.settings;
    input.settings.pools = {*pool};
    input.settings.pools.front().jobs = 1;
    input.settings.pools.front().workers.reset();
    input.settings.pools.front().adapt.reset();
    input.context.cwd = std::filesystem::current_path().string();
    input.pythons = {{name, *python}, {"", *python}};
    input.log_dir = paths->log_dir();
    auto const plan = core::make_plan(input);
    // The scheduler's agent is the other one.
    auto const agent = std::ranges::find_if(plan.agents, [](auto const& a) { return a.job.has_value(); });
    auto const job = "dask-" + agent->job->base;
    queue::private_part const part{scheduler_address(loaded.settings), plan.dask};
    auto const file = pool->submit_host ? "$HOME/.local/state/daskd/" +
                                              launch::name_elsewhere(paths->cluster) + "/queue/" + job
                                        : (paths->queue_dir() / job).string();
    return queue::dialect_of(pool->launcher)
        .script(queue::agent_job(*agent, job, file, launch::agent_text(), part));
}

} // namespace

exit_code job_script_command(std::string const& pool, options const& o) {
    auto const script = make_script(pool, o);
    if (script) {
        std::fputs(script->c_str(), stdout);
        return exit_code::done;
    }
    auto const& e = script.error();
    std::fprintf(stderr, "%s\n%s", e.what.c_str(), e.hint.empty() ? "" : ("  " + e.hint + "\n").c_str());
    return to_exit_code(e.code);
}

} // namespace daskd::app
