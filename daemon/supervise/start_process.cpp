#include "common/read_file.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/core/dask_setting.hpp"
#include "daemon/supervise/command_line.hpp"
#include "daemon/supervise/port.hpp"
#include "daemon/supervise/supervisor.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

// How the supervisor starts processes, and what it does with the scheduler's answer.

namespace daskd::supervise {
namespace {

/// Dask's configuration as this process gets it.
json dask_for(core::plan const& plan, core::process_spec const& process) {
    auto dask = plan.dask;
    if (process.tcp_timeout)
        core::set_setting(dask, "distributed.comm.timeouts.tcp",
                          std::to_string(process.tcp_timeout->count()) + "ms");
    return dask;
}

/// The files that a worker elsewhere needs. They are text: what is not stands in comments.
result<std::map<std::string, std::string>> contents(std::vector<std::string> const& files) {
    std::map<std::string, std::string> all;
    for (auto const& file : files) {
        auto content = read_file(file);
        if (!content)
            return error{errc::failed, "cannot read " + file,
                         "Dask's configuration or daskd's `tls` names it"};
        auto const is_no_text = [](unsigned char c) { return c >= 0x80; };
        std::ranges::replace_if(*content, is_no_text, '?');
        all[file] = *std::move(content);
    }
    return all;
}

} // namespace

void supervisor::carry_out(core::wanted::start_process const& w) {
    if (w.launch.name == "scheduler")
        start_scheduler(w.launch);
    else if (w.launch.name == core::runner_name)
        start_runner(w.launch);
    else
        start_worker(w.launch);
}

void supervisor::start_scheduler(core::launch_id const& launch) {
    auto const& plan = cluster_.current_plan();
    auto const& spec = plan.scheduler;
    bool const clients_may_wait = cluster_.scheduler().restarts > 0;
    auto const port = choose_scheduler_port(spec.host, spec.port, intent_.scheduler_port, clients_may_wait);
    if (!port)
        return post(core::happened::spawn_failed{launch, port.error().what + "; " + port.error().hint});

    agent_link::spawn_request request;
    request.launch = launch;
    request.role = "scheduler";
    request.process = spec.process;
    request.args = scheduler_command_line(spec, *port);
    request.log_size_bytes = plan.log_size_bytes;
    request.dask = dask_for(plan, spec.process);
    request.scheduler_link = paths_.scheduler_socket().string();
    launcher_.spawn(request);
}

void supervisor::start_worker(core::launch_id const& launch) {
    auto const* spec = cluster_.find_spec(launch.name);
    if (spec == nullptr) return post(core::happened::spawn_failed{launch, "no such worker in the plan"});
    agent_link::spawn_request request;
    request.launch = launch;
    request.role = "worker";
    request.standby = spec->standby;
    request.memory = spec->memory;
    request.process = spec->process;
    request.args = worker_command_line(*spec, cluster_.scheduler().address);
    request.log_size_bytes = cluster_.current_plan().log_size_bytes;
    request.dask = dask_for(cluster_.current_plan(), spec->process);
    if (launcher_.is_remote(spec->process.agent)) {
        auto files = contents(core::worker_tls_files(request.dask));
        if (!files)
            return post(core::happened::spawn_failed{launch, files.error().what + "; " + files.error().hint});
        request.files = *std::move(files);
    }
    if (spec->process.has_own_port) {
        update_tunnels();
        auto ports = ports_for(*spec);
        if (!ports) return post(core::happened::spawn_failed{launch, launch::one_line(ports.error())});
        request.ports = *std::move(ports);
    }
    launcher_.spawn(request);
}

result<queue::private_part> supervisor::private_part_of_job() const {
    // The same as each worker gets: the agent's desk is content with one configuration.
    queue::private_part part{cluster_.scheduler().address, cluster_.current_plan().dask};
    if (part.scheduler.empty()) return error{errc::failed, "the scheduler does not run", ""};
    auto files = contents(core::worker_tls_files(part.dask));
    if (!files) return files.error();
    part.files = *std::move(files);
    return part;
}

launch::queue_launcher::surroundings supervisor::surroundings_of_jobs() {
    launch::relay const way{[this](std::string const& job) { link_.open_relay(job); },
                            [this](std::string const& job, json const& m) { link_.relay(job, m); },
                            [this](std::string const& job) { link_.close_relay(job); }};
    return {way, [this] { return private_part_of_job(); },
            [this] {
                return launch::queue_user{intent_.context.environment, intent_.context.cwd};
            },
            [this](std::vector<core::job_record> records) {
                intent_.jobs = std::move(records);
                save();
            }};
}

scheduler_link::link::callbacks supervisor::link_callbacks() {
    auto& jobs = launcher_.queue();
    return {[this](core::event e) { post(std::move(e)); },
            [this](scheduler_link::snapshot const& s) { on_snapshot(s); },
            [&jobs](scheduler_link::reporter const& r) { jobs.on_reporter(r.job, r.is_there); },
            [&jobs](scheduler_link::relayed const& r) { jobs.on_relayed(r.job, r.message); },
            [&jobs](scheduler_link::relay_closed const& r) { jobs.on_relay_closed(r.job); },
            [&jobs] { jobs.on_scheduler(false); }};
}

void supervisor::start_runner(core::launch_id const& launch) {
    auto const& plan = cluster_.current_plan();
    agent_link::spawn_request request;
    request.launch = launch;
    request.role = "runner";
    request.process = plan.runner.process;
    request.args = {cluster_.scheduler().address, paths_.jobs_dir().string()};
    request.log_size_bytes = plan.log_size_bytes;
    request.dask = dask_for(plan, plan.runner.process);
    request.job_link = paths_.job_socket().string();
    launcher_.spawn(request);
}

void supervisor::carry_out(core::wanted::move_results const& w) {
    async::spawn_task(io_.get_executor(), "retirement of " + w.launch.name,
                      move_results(w.launch, w.address));
}

boost::asio::awaitable<void> supervisor::move_results(core::launch_id launch, std::string address) {
    auto const moved = co_await link_.retire(std::move(address));
    if (!moved) spdlog::warn("moving results of {}: {}", launch.name, moved.error().what);
    post(core::happened::results_moved{launch});
}

void supervisor::on_snapshot(scheduler_link::snapshot const& s) {
    launcher_.queue().on_scheduler(false); // reporters are told anew
    launcher_.queue().on_scheduler(true);
    auto const port = port_of(s.address);
    if (!port || intent_.scheduler_port == port) return;
    intent_.scheduler_port = port;
    save();
    update_tunnels();
}

} // namespace daskd::supervise
