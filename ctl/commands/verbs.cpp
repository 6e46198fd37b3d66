#include "ctl/commands/verbs.hpp"

#include <array>

namespace daskd::ctl {
namespace {

using enum process_action;

constexpr char const* cluster = "Cluster";
constexpr char const* parts = "Its parts";
constexpr char const* insight = "Insight";
constexpr char const* jobs = "Jobs";
constexpr char const* upkeep = "Configuration and upkeep";

constexpr std::array table{
    verb_entry{"up", cluster, "Starts the cluster, or what of it is missing", "daskctl up --workers 8",
               make_up},
    verb_entry{"down", cluster, "Stops the cluster", "daskctl down", make_down},
    verb_entry{"restart", cluster, "Restarts scheduler and workers", "daskctl restart --cold", make_restart},
    verb_entry{"scale", cluster, "Changes how many workers a pool has", "daskctl scale local=8 gpu=2",
               make_scale},
    verb_entry{"adapt", cluster, "Has a pool follow the load, or no longer",
               "daskctl adapt local --minimum 0 --maximum 8", make_adapt},
    verb_entry{"wait", cluster, "Waits until workers are running, or in another state",
               "daskctl wait --workers 4 --timeout 60s", make_wait},

    verb_entry{"start-worker", parts, "Starts workers that were stopped", "daskctl start-worker local-0",
               [] { return make_worker(start); }},
    verb_entry{"stop-worker", parts, "Stops workers, until start-worker", "daskctl stop-worker 'gpu-*'",
               [] { return make_worker(stop); }},
    verb_entry{"restart-worker", parts, "Restarts workers", "daskctl restart-worker local-0 local-1",
               [] { return make_worker(restart); }},
    verb_entry{"start-scheduler", parts, "Starts a scheduler that was stopped", "daskctl start-scheduler",
               [] { return make_scheduler(start); }},
    verb_entry{"stop-scheduler", parts, "Stops the scheduler, until start-scheduler",
               "daskctl stop-scheduler", [] { return make_scheduler(stop); }},
    verb_entry{"restart-scheduler", parts, "Restarts the scheduler", "daskctl restart-scheduler",
               [] { return make_scheduler(restart); }},

    verb_entry{"status", insight, "Shows the cluster and its workers", "daskctl status --watch", make_status},
    verb_entry{"logs", insight, "Shows logs of scheduler, workers and daskd",
               "daskctl logs -f -n 50 'local-*'", make_logs},
    verb_entry{"events", insight, "Shows every change of state with its cause",
               "daskctl events -f --json-lines", make_events},
    verb_entry{"top", insight, "Shows the cluster live, full-screen, with keys to act on it", "daskctl top",
               make_top},
    verb_entry{"env", insight, "Prints what connects Client() to the cluster", "eval \"$(daskctl env)\"",
               make_env},
    verb_entry{"doctor", insight, "Checks this machine, hosts and versions; says what mends them",
               "daskctl doctor", make_doctor},

    verb_entry{"run", jobs, "Calls a function, or runs a command, for many values",
               "daskctl run ./model.py:simulate --iterate 'range(10)' --watch", make_run},
    verb_entry{"jobs", jobs, "Lists the jobs", "daskctl jobs", make_jobs},
    verb_entry{"progress", jobs, "Shows how a job comes on", "daskctl progress simulate-1 --watch",
               make_progress},
    verb_entry{"gather", jobs, "Prints a job's results, or writes them into a file",
               "daskctl gather simulate-1 -o results.csv", make_gather},
    verb_entry{"cancel", jobs, "Ends jobs; what has a result keeps it", "daskctl cancel simulate-1",
               make_cancel},
    verb_entry{"scatter", jobs, "Gives all workers the same data", "daskctl scatter table table.csv",
               make_scatter},
    verb_entry{"config check", upkeep, "Checks the configuration",
               "daskctl config check --config cluster.yaml", make_config_check},
    verb_entry{"config show", upkeep, "Shows the configuration in force", "daskctl config show",
               make_config_show},
    verb_entry{"config example", upkeep, "Prints every key with its default and meaning",
               "daskctl config example > ~/.config/dask/daskd.yaml", make_config_example},
    verb_entry{"config schema", upkeep, "Prints a JSON Schema, by which editors complete and check",
               "daskctl config schema > ~/.config/dask/daskd.schema.json", make_config_schema},
    verb_entry{"job-script", upkeep, "Prints the script of a pool's job in a queue",
               "daskctl job-script batch", make_job_script},
    verb_entry{"reload", upkeep, "Applies changed configuration, touching only what differs",
               "daskctl reload --dry-run", make_reload},
    verb_entry{"reset", upkeep, "Forgets the state of a cluster that is down", "daskctl reset",
               [] { return make_reset(false); }},
    verb_entry{"clean", upkeep, "Forgets the state and removes logs and certificates", "daskctl clean",
               [] { return make_reset(true); }},
    verb_entry{"completion", upkeep, "Prints the completion for your shell",
               "source <(daskctl completion bash)", make_completion},
    verb_entry{"daemon start", upkeep, "Starts daskd, which restores what was up", "daskctl daemon start",
               make_daemon_start},
    verb_entry{"daemon stop", upkeep, "Stops daskd and the cluster; the next start restores it",
               "daskctl daemon stop", make_daemon_stop},
    verb_entry{"daemon restart", upkeep, "Restarts daskd; scheduler and workers live on",
               "daskctl daemon restart", make_daemon_restart},
    verb_entry{"daemon status", upkeep, "Shows daskd itself", "daskctl daemon status", make_daemon_status},
    verb_entry{"daemon install", upkeep, "Makes daskd a service of your systemd",
               "daskctl daemon install --now", make_daemon_install},
    verb_entry{"daemon uninstall", upkeep, "Undoes that", "daskctl daemon uninstall", make_daemon_uninstall},
};

} // namespace

std::span<verb_entry const> verbs() {
    return table;
}

std::string family_summary(std::string_view family) {
    return family == "config" ? "Checks and shows configuration" : "Starts, stops and shows daskd itself";
}

} // namespace daskd::ctl
