#include "daemon/http/metrics.hpp"

#include "daemon/http/exposition.hpp"

#include <array>
#include <map>

namespace daskd::http {
namespace {

constexpr std::array cluster_states{"down", "starting", "running", "degraded", "stopping", "failed"};
constexpr std::array worker_states{"stopped",  "pending", "starting", "running",
                                   "stopping", "backoff", "failed",   "unreachable"};
/// Shown from the start, at 0: a counter that appears with its first event has no rise to alert on.
constexpr std::array known_causes{
    "exit",           "signal",         "memory",   "lifetime",  "start_timeout", "hung",      "retired",
    "client_restart", "scheduler_lost", "walltime", "cancelled", "preempted",     "requested", "lost"};

void add_cluster(exposition& e, cluster_view const& view) {
    e.metric("daskd_cluster_state", "gauge", "1 for the state that the cluster is in, 0 for the others.");
    for (auto const* state : cluster_states)
        e.sample({{"state", state}}, view.state == state ? 1 : 0);
    e.metric("daskd_warnings", "gauge", "Warnings that daskctl status shows.");
    e.sample({}, static_cast<double>(view.warnings.size()));
    e.metric("daskd_scheduler_up", "gauge", "Whether the Dask scheduler serves.");
    e.sample({}, view.scheduler && view.scheduler->state == "running" ? 1 : 0);
    if (!view.scheduler) return;
    auto const& tasks = view.scheduler->tasks;
    e.metric("daskd_tasks", "gauge", "Tasks that the scheduler has, by state.");
    e.sample({{"state", "waiting"}}, static_cast<double>(tasks.waiting));
    e.sample({{"state", "processing"}}, static_cast<double>(tasks.processing));
    e.sample({{"state", "memory"}}, static_cast<double>(tasks.memory));
    e.sample({{"state", "erred"}}, static_cast<double>(tasks.erred));
    e.sample({{"state", "released"}}, static_cast<double>(tasks.released));
}

void add_pools(exposition& e, cluster_view const& view) {
    e.metric("daskd_pool_workers_desired", "gauge", "Workers that the pool should have.");
    for (auto const& pool : view.pools)
        e.sample({{"pool", pool.name}}, pool.desired);
    std::map<std::string, std::map<std::string, int>> counts;
    for (auto const& worker : view.workers)
        ++counts[worker.pool][worker.state];
    e.metric("daskd_workers", "gauge", "Workers by state.");
    for (auto const& pool : view.pools)
        for (auto const* state : worker_states)
            e.sample({{"pool", pool.name}, {"state", state}}, counts[pool.name][state]);
}

/// One figure of every worker that has it.
template <class Figure>
void add_workers(exposition& e, cluster_view const& view, char const* name, char const* help,
                 Figure const& figure) {
    e.metric(name, "gauge", help);
    for (auto const& w : view.workers)
        if (auto const value = figure(w))
            e.sample({{"worker", w.name}, {"pool", w.pool}, {"host", w.host}}, static_cast<double>(*value));
}

void add_workers(exposition& e, cluster_view const& view) {
    add_workers(e, view, "daskd_worker_up", "Whether the worker is registered with the scheduler.",
                [](worker_view const& w) { return std::optional(w.state == "running" ? 1 : 0); });
    add_workers(e, view, "daskd_worker_memory_bytes", "Memory that the worker uses, as Dask counts it.",
                [](worker_view const& w) { return w.memory_bytes; });
    add_workers(e, view, "daskd_worker_memory_limit_bytes", "Memory that the worker may use.",
                [](worker_view const& w) { return w.memory_limit_bytes; });
    add_workers(e, view, "daskd_worker_cpu_ratio", "Cores that the worker keeps busy.",
                [](worker_view const& w) {
                    return w.cpu_percent ? std::optional(*w.cpu_percent / 100) : std::nullopt;
                });
    add_workers(e, view, "daskd_worker_threads", "Threads of the worker.",
                [](worker_view const& w) { return std::optional(w.threads); });
    add_workers(e, view, "daskd_worker_tasks_executing", "Tasks that the worker executes.",
                [](worker_view const& w) { return w.executing; });
}

core::tally::by_cause with_known(core::tally::by_cause counts) {
    for (auto const* cause : known_causes)
        counts.try_emplace(cause, 0);
    return counts;
}

void add_restarts(exposition& e, cluster_view const& view, core::tally const& counted) {
    e.metric("daskd_scheduler_restarts_total", "counter", "Restarts of the scheduler, by cause of its end.");
    for (auto const& [cause, n] : with_known(counted.scheduler_restarts))
        e.sample({{"cause", cause}}, static_cast<double>(n));
    // A counter must not vanish with its pool, as long as this daskd lives.
    auto pools = counted.worker_restarts;
    for (auto const& pool : view.pools)
        pools.try_emplace(pool.name);
    e.metric("daskd_worker_restarts_total", "counter", "Restarts of workers, by cause of their end.");
    for (auto const& [pool, causes] : pools)
        for (auto const& [cause, n] : with_known(causes))
            e.sample({{"pool", pool}, {"cause", cause}}, static_cast<double>(n));
}

void add_histogram(exposition& e, exposition::labels const& of, core::time_histogram const& h) {
    auto const bucket = [&](std::string bound, std::uint64_t n) {
        auto labels = of;
        labels.emplace_back("le", std::move(bound));
        e.sample("_bucket", labels, static_cast<double>(n));
    };
    for (std::size_t i = 0; i < core::time_histogram::bounds_s.size(); ++i)
        bucket(show_number(core::time_histogram::bounds_s.at(i)), h.within(i));
    bucket("+Inf", h.count());
    e.sample("_sum", of, h.sum_s());
    e.sample("_count", of, static_cast<double>(h.count()));
}

void add_starts(exposition& e, cluster_view const& view, core::tally const& counted) {
    e.metric("daskd_scheduler_start_seconds", "histogram",
             "From daskd's decision to start the scheduler until it serves.");
    add_histogram(e, {}, counted.scheduler_starts);
    auto pools = counted.worker_starts;
    for (auto const& pool : view.pools)
        pools.try_emplace(pool.name);
    e.metric("daskd_worker_start_seconds", "histogram",
             "From daskd's decision to start a worker until it is registered with the scheduler.");
    for (auto const& [pool, starts] : pools)
        add_histogram(e, {{"pool", pool}}, starts);
}

void add_own(exposition& e, cluster_view const& view, own_figures const& own) {
    e.metric("daskd_build_info", "gauge", "The version of daskd; always 1.");
    e.sample({{"version", view.daemon ? view.daemon->version : ""}}, 1);
    e.metric("process_start_time_seconds", "gauge", "Start of daskd, in seconds of the epoch.");
    e.sample({}, own.start_time_s);
    e.metric("process_cpu_seconds_total", "counter", "CPU time of daskd itself.");
    e.sample({}, own.cpu_s);
    e.metric("process_resident_memory_bytes", "gauge", "Resident memory of daskd itself.");
    e.sample({}, static_cast<double>(own.rss_bytes));
    e.metric("process_virtual_memory_bytes", "gauge", "Virtual memory of daskd itself.");
    e.sample({}, static_cast<double>(own.virtual_bytes));
    e.metric("process_open_fds", "gauge", "Open file descriptors of daskd itself.");
    e.sample({}, static_cast<double>(own.open_fds));
    e.metric("process_max_fds", "gauge", "Limit of its open file descriptors.");
    e.sample({}, static_cast<double>(own.max_fds));
}

} // namespace

std::string render_metrics(cluster_view const& view, core::tally const& counted, own_figures const& own) {
    exposition e(view.cluster);
    add_cluster(e, view);
    add_pools(e, view);
    add_workers(e, view);
    add_restarts(e, view, counted);
    add_starts(e, view, counted);
    add_own(e, view, own);
    return e.take();
}

} // namespace daskd::http
