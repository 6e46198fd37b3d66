#include "daemon/config/container_key.hpp"
#include "daemon/config/hosts_key.hpp"
#include "daemon/config/schema.hpp"

namespace daskd::config {
namespace {

using namespace std::chrono_literals;
using pool = pool_settings;

constexpr int most_workers = 100'000;
constexpr int most_threads = 65'536;

table<backoff_settings> const& backoff_keys() {
    using backoff = backoff_settings;
    static table<backoff> const keys{
        setting("initial", &backoff::initial, duration(1ms), "100ms",
                "before the second restart; doubles each time"),
        setting("max", &backoff::max, duration(1ms), "30s", "the longest pause"),
        setting("reset_after", &backoff::reset_after, duration(0ms), "10s",
                "a worker that ran this long starts afresh"),
    };
    return keys;
}

table<restart_budget> const& restart_budget_keys() {
    constexpr int most_restarts = 1'000'000;
    static table<restart_budget> const keys{
        setting("count", &restart_budget::count, whole(0, most_restarts), "10", "restarts that are allowed"),
        setting("within", &restart_budget::within, duration(1ms), "60s", "in this time"),
    };
    return keys;
}

table<adapt_settings> const& adapt_keys() {
    using adapt = adapt_settings;
    constexpr int longest_wait = 1'000'000;
    static table<adapt> const keys{
        setting("minimum", &adapt::minimum, null_or(whole(0, most_workers)), "null",
                "so many workers stay without work"),
        setting("maximum", &adapt::maximum, null_or(whole(0, most_workers)), "null", "never more than these"),
        setting("interval", &adapt::interval, null_or(duration(10ms)), "null",
                "between two looks at the load"),
        setting("wait_count", &adapt::wait_count, null_or(whole(1, longest_wait)), "null",
                "a worker goes when so many looks in a row found it idle"),
        setting("target_duration", &adapt::target_duration, null_or(duration(1ms)), "null",
                "how long the work at hand should take"),
    };
    return keys;
}

/// What any worker has, wherever it runs.
table<pool> common_keys() {
    return {
        setting("launcher", &pool::launcher,
                choice<launcher_kind>({launcher_names.begin(), launcher_names.end()}), "local",
                "where workers run: local, ssh, slurm, sge, htcondor, pbs or lsf"),
        setting("workers", &pool::workers, automatic_or(whole(0, most_workers)), "auto",
                "auto: from the cores, as LocalCluster does"),
        setting("names", &pool::names, worker_names(), "[]",
                "instead of POOL-0, POOL-1 … (with hosts: POOL-HOST-0 …)"),
        setting("threads", &pool::threads, automatic_or(whole(1, most_threads)), "auto", "of one worker"),
        setting("memory", &pool::memory, memory(), "auto",
                "of one worker: auto, none, 4GiB, or 0.25 of the host's"),
        setting(
            "python", &pool::python, automatic_or(text("the path of a Python interpreter")), "auto",
            "auto: $VIRTUAL_ENV, $CONDA_PREFIX, PATH, /usr/bin/python3: the first that has `distributed`"),
        setting("env", &pool::env, variables(), "{}", "variables of the workers' environment"),
        setting("spawn", &pool::spawn,
                choice<spawn_mode>({{"fork", spawn_mode::fork}, {"exec", spawn_mode::exec}}), "fork",
                "fork: from a warm host agent; exec: a fresh interpreter"),
        setting("warm", &pool::warm, modules(), "[numpy, pandas]",
                "modules to import once a host, if present"),
        setting("standby", &pool::standby, whole(0, most_workers), "1",
                "spare processes a host, ready but unnamed"),
        setting("preload", &pool::preload, texts(), "[]", "modules or files for `dask worker --preload`"),
        setting("args", &pool::args, texts(), "[]", "further arguments of `dask worker`"),
        setting("resources", &pool::resources, amounts(), "{}",
                "abstract resources of one worker, such as {GPU: 1}"),
        setting("interface", &pool::interface, null_or(text("the name of a network interface")), "null",
                "the network interface to listen on"),
        setting("local_directory", &pool::local_directory, null_or(text("a directory")), "null",
                "where workers spill; null: as Dask is configured"),
        setting("cwd", &pool::cwd, null_or(text("a directory")), "null",
                "the working directory; null: that of `daskctl up`"),
        setting("nice", &pool::nice, whole(-20, 19), "0", "the priority of the processes"),
        setting("restart", &pool::restart,
                choice<restart_policy>({{"always", restart_policy::always},
                                        {"on-failure", restart_policy::on_failure},
                                        {"never", restart_policy::never}}),
                "always", "always, on-failure (any end that nobody asked for) or never"),
        group("backoff", &pool::backoff, backoff_keys(),
              "pauses between restarts; the first restart is immediate"),
        setting("max_restarts", &pool::max_restarts, null_or(all_of(restart_budget_keys())), "null",
                "{count: 10, within: 60s}: beyond it the worker is failed; null never gives up"),
        setting("memory_terminate", &pool::memory_terminate, null_or(fraction_or_never()), "null",
                "the fraction of its memory at which a worker is ended; null: as Dask is configured; false: "
                "never"),
        setting("liveness", &pool::liveness, null_or(duration(100ms)), "null",
                "a worker that is silent this long, and stopped or without CPU time, is replaced; null: 60s"),
        setting("lifetime", &pool::lifetime, null_or(duration(1s)), "null",
                "after which a worker is replaced; null: as Dask is configured"),
        setting("lifetime_stagger", &pool::lifetime_stagger, null_or(duration(0ms)), "null",
                "by how much lifetimes differ, up or down; null: as Dask is configured, else a tenth"),
        setting("start_timeout", &pool::start_timeout, duration(1ms), "60s",
                "until a worker must have registered"),
        setting("stop_timeout", &pool::stop_timeout, duration(0ms), "10s", "for a graceful end"),
        setting("orphan_timeout", &pool::orphan_timeout, duration(1ms), "10min",
                "without a daskd, workers without tasks end after this"),
        setting("adapt", &pool::adapt, null_or(some_of(adapt_keys())), "null",
                "{minimum: 0, maximum: 10}: scale with the load, as Dask's Adaptive"),
        setting("container", &pool::container, null_or(container()), "null",
                "{engine: docker|podman|apptainer, image: …, command: [], options: []}: run in a container"),
        setting("nanny", &pool::nanny, yes_or_no(), "false",
                "in job queues: Dask's own nanny instead of daskd's supervision"),
    };
}

table<pool> ssh_keys() {
    return {
        setting("hosts", &pool::hosts, hosts(), "[]",
                "node1, alice@node1:2222, 'node[01-16]', {host: gpu1, workers: 2}; `workers` is of each"),
        setting("identity", &pool::identity, texts(), "[]",
                "private keys; []: as ~/.ssh/config says, else the agent, then ~/.ssh/id_*"),
        setting("known_hosts", &pool::known_hosts, null_or(text("a file")), "null",
                "the host keys that are trusted; null: as ~/.ssh/config says, else ~/.ssh/known_hosts"),
        setting("tunnel", &pool::tunnel, yes_or_no(), "false",
                "true: all traffic of Dask goes through the SSH connections"),
        setting("link_tolerance", &pool::link_tolerance, duration(1s), "120s",
                "how long a lost link is waited out"),
    };
}

} // namespace

table<pool_settings> const& job_keys() {
    constexpr int most_cores = 65'536;
    constexpr std::uint64_t smallest_job = 100'000'000; // Dask itself takes more than this
    static table<pool> const keys{
        setting("jobs", &pool::jobs, null_or(whole(0, most_workers)), "null",
                "the number of jobs, instead of workers"),
        setting("processes", &pool::processes, whole(1, most_workers), "1", "workers in one job"),
        setting("cores", &pool::cores, whole(1, most_cores), "1", "of one job"),
        setting("job_memory", &pool::job_memory_bytes, null_or(size(smallest_job)), "null",
                "of one job; null: the queue's default"),
        setting("queue", &pool::queue, null_or(line("the name of a queue or partition")), "null",
                "the queue or partition"),
        setting("project", &pool::project, null_or(line("the name of a project or account")), "null",
                "the project or account"),
        setting("walltime", &pool::walltime, null_or(line("a time such as 00:30:00")), "00:30:00",
                "as the queue takes it; null: the queue's default"),
        setting("resource_spec", &pool::resource_spec, null_or(line("resources as the queue writes them")),
                "null", "SGE's -l, or PBS's instead of select=1:ncpus=…:mem=…"),
        setting("directives", &pool::directives, lines(), "[]", "further header lines of the job script"),
        setting("directives_skip", &pool::directives_skip, lines(), "[]",
                "header lines with one of these texts are left out"),
        setting("prologue", &pool::prologue, lines(), "[]", "shell commands before the workers start"),
        setting("shebang", &pool::shebang, line("a line such as #!/bin/bash"), "\"#!/usr/bin/env bash\"",
                "the first line of the job script"),
        setting("log_directory", &pool::log_directory, null_or(line("a directory")), "null",
                "for the jobs' output; null: as the queue has it"),
        setting("submit_host", &pool::submit_host, null_or(one_host()), "null",
                "run the queue's commands there, by SSH"),
        setting("poll_interval", &pool::poll_interval, duration(1s), "30s", "how often the queue is asked"),
    };
    return keys;
}

table<pool_settings> const& pool_keys() {
    static auto const keys = [] {
        auto all = common_keys();
        for (auto const& further : {ssh_keys(), job_keys()})
            all.insert(all.end(), further.begin(), further.end());
        return all;
    }();
    return keys;
}

} // namespace daskd::config
