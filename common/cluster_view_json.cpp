#include "common/cluster_view.hpp"

namespace daskd {
namespace {

constexpr int schema = 1;

template <class T>
ordered_json or_null(std::optional<T> const& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json write(std::optional<exit_view> const& e) {
    if (!e) return nullptr;
    return {{"at", e->at},
            {"cause", e->cause},
            {"code", or_null(e->code)},
            {"signal", or_null(e->signal)},
            {"text", e->text}};
}

ordered_json write(std::optional<daemon_view> const& d) {
    if (!d) return nullptr;
    return {{"pid", d->pid},
            {"version", d->version},
            {"uptime_s", d->uptime_s},
            {"rss_bytes", d->rss_bytes},
            {"socket", d->socket}};
}

ordered_json write(task_counts const& t) {
    return {{"waiting", t.waiting},
            {"processing", t.processing},
            {"memory", t.memory},
            {"erred", t.erred},
            {"released", t.released}};
}

ordered_json write(std::optional<scheduler_view> const& s) {
    if (!s) return nullptr;
    return {{"state", s->state},
            {"pid", or_null(s->pid)},
            {"address", or_null(s->address)},
            {"dashboard", or_null(s->dashboard)},
            {"restarts", s->restarts},
            {"uptime_s", or_null(s->uptime_s)},
            {"python", or_null(s->python)},
            {"distributed", or_null(s->distributed)},
            {"last_exit", write(s->last_exit)},
            {"next_start_in_s", or_null(s->next_start_in_s)},
            {"log", s->log},
            {"tasks", write(s->tasks)}};
}

ordered_json write(std::optional<runner_view> const& r) {
    if (!r) return nullptr;
    return {{"state", r->state},
            {"pid", or_null(r->pid)},
            {"restarts", r->restarts},
            {"uptime_s", or_null(r->uptime_s)},
            {"last_exit", write(r->last_exit)},
            {"next_start_in_s", or_null(r->next_start_in_s)},
            {"log", r->log}};
}

ordered_json write(std::optional<adapt_view> const& a) {
    return a ? to_json(*a) : ordered_json(nullptr);
}

ordered_json write(pool_view const& p) {
    return {{"name", p.name},
            {"launcher", p.launcher},
            {"desired", p.desired},
            {"running", p.running},
            {"adapt", write(p.adapt)}};
}

ordered_json write(worker_view const& w) {
    return {{"name", w.name},
            {"pool", w.pool},
            {"host", w.host},
            {"state", w.state},
            {"desired", w.desired},
            {"pid", or_null(w.pid)},
            {"address", or_null(w.address)},
            {"threads", w.threads},
            {"memory_limit_bytes", or_null(w.memory_limit_bytes)},
            {"memory_bytes", or_null(w.memory_bytes)},
            {"memory_enforced_by", or_null(w.memory_enforced_by)},
            {"cpu_percent", or_null(w.cpu_percent)},
            {"executing", or_null(w.executing)},
            {"restarts", w.restarts},
            {"uptime_s", or_null(w.uptime_s)},
            {"spawn", w.spawn},
            {"next_start_in_s", or_null(w.next_start_in_s)},
            {"attempt", w.attempt},
            {"attempts_allowed", or_null(w.attempts_allowed)},
            {"job_id", or_null(w.job_id)},
            {"reason", or_null(w.reason)},
            {"log", w.log},
            {"last_exit", write(w.last_exit)}};
}

ordered_json write(summary_view const& s) {
    return {{"desired", s.desired},         {"running", s.running}, {"starting", s.starting},
            {"backoff", s.backoff},         {"failed", s.failed},   {"stopped", s.stopped},
            {"unreachable", s.unreachable}, {"pending", s.pending}};
}

template <class T>
ordered_json write(std::vector<T> const& values) {
    auto list = ordered_json::array();
    for (auto const& value : values)
        list.push_back(write(value));
    return list;
}

void read(json const& value, exit_view& e);
void read(json const& value, daemon_view& d);
void read(json const& value, task_counts& t);
void read(json const& value, scheduler_view& s);
void read(json const& value, runner_view& r);
void read(json const& value, adapt_view& a);
void read(json const& value, pool_view& p);
void read(json const& value, worker_view& w);
void read(json const& value, summary_view& s);
void read(json const& value, std::string& s) {
    value.get_to(s);
}
void read(json const& value, int& i) {
    value.get_to(i);
}
void read(json const& value, std::uint64_t& i) {
    value.get_to(i);
}
void read(json const& value, double& d) {
    value.get_to(d);
}

template <class T>
void read(json const& value, std::optional<T>& out) {
    out.reset();
    if (!value.is_null()) read(value, out.emplace());
}

template <class T>
void read(json const& value, std::vector<T>& out) {
    out.clear();
    for (auto const& element : value.get_ref<json::array_t const&>())
        read(element, out.emplace_back());
}

/// Reads member `key` of an object; a missing one leaves `out` as it is. Throws json::type_error on a wrong
/// type.
template <class T>
void member(json const& object, char const* key, T& out) {
    auto const& members = object.get_ref<json::object_t const&>();
    if (auto it = members.find(key); it != members.end()) read(it->second, out);
}

void read(json const& value, exit_view& e) {
    member(value, "at", e.at);
    member(value, "cause", e.cause);
    member(value, "code", e.code);
    member(value, "signal", e.signal);
    member(value, "text", e.text);
}

void read(json const& value, daemon_view& d) {
    member(value, "pid", d.pid);
    member(value, "version", d.version);
    member(value, "uptime_s", d.uptime_s);
    member(value, "rss_bytes", d.rss_bytes);
    member(value, "socket", d.socket);
}

void read(json const& value, task_counts& t) {
    member(value, "waiting", t.waiting);
    member(value, "processing", t.processing);
    member(value, "memory", t.memory);
    member(value, "erred", t.erred);
    member(value, "released", t.released);
}

void read(json const& value, scheduler_view& s) {
    member(value, "state", s.state);
    member(value, "pid", s.pid);
    member(value, "address", s.address);
    member(value, "dashboard", s.dashboard);
    member(value, "restarts", s.restarts);
    member(value, "uptime_s", s.uptime_s);
    member(value, "python", s.python);
    member(value, "distributed", s.distributed);
    member(value, "last_exit", s.last_exit);
    member(value, "next_start_in_s", s.next_start_in_s);
    member(value, "log", s.log);
    member(value, "tasks", s.tasks);
}

void read(json const& value, runner_view& r) {
    member(value, "state", r.state);
    member(value, "pid", r.pid);
    member(value, "restarts", r.restarts);
    member(value, "uptime_s", r.uptime_s);
    member(value, "last_exit", r.last_exit);
    member(value, "next_start_in_s", r.next_start_in_s);
    member(value, "log", r.log);
}

void read(json const& value, adapt_view& a) {
    member(value, "minimum", a.minimum);
    member(value, "maximum", a.maximum);
    member(value, "interval_s", a.interval_s);
    member(value, "wait_count", a.wait_count);
    member(value, "target_duration_s", a.target_duration_s);
}

void read(json const& value, pool_view& p) {
    member(value, "name", p.name);
    member(value, "launcher", p.launcher);
    member(value, "desired", p.desired);
    member(value, "running", p.running);
    member(value, "adapt", p.adapt);
}

void read(json const& value, worker_view& w) {
    member(value, "name", w.name);
    member(value, "pool", w.pool);
    member(value, "host", w.host);
    member(value, "state", w.state);
    member(value, "desired", w.desired);
    member(value, "pid", w.pid);
    member(value, "address", w.address);
    member(value, "threads", w.threads);
    member(value, "memory_limit_bytes", w.memory_limit_bytes);
    member(value, "memory_bytes", w.memory_bytes);
    member(value, "memory_enforced_by", w.memory_enforced_by);
    member(value, "cpu_percent", w.cpu_percent);
    member(value, "executing", w.executing);
    member(value, "restarts", w.restarts);
    member(value, "uptime_s", w.uptime_s);
    member(value, "spawn", w.spawn);
    member(value, "next_start_in_s", w.next_start_in_s);
    member(value, "attempt", w.attempt);
    member(value, "attempts_allowed", w.attempts_allowed);
    member(value, "job_id", w.job_id);
    member(value, "reason", w.reason);
    member(value, "log", w.log);
    member(value, "last_exit", w.last_exit);
}

void read(json const& value, summary_view& s) {
    member(value, "desired", s.desired);
    member(value, "running", s.running);
    member(value, "starting", s.starting);
    member(value, "backoff", s.backoff);
    member(value, "failed", s.failed);
    member(value, "stopped", s.stopped);
    member(value, "unreachable", s.unreachable);
    member(value, "pending", s.pending);
}

} // namespace

ordered_json to_json(adapt_view const& a) {
    return {{"minimum", a.minimum},
            {"maximum", a.maximum},
            {"interval_s", a.interval_s},
            {"wait_count", a.wait_count},
            {"target_duration_s", a.target_duration_s}};
}

ordered_json to_json(cluster_view const& view) {
    return {{"schema", schema},
            {"cluster", view.cluster},
            {"state", view.state},
            {"daemon", write(view.daemon)},
            {"scheduler", write(view.scheduler)},
            {"pools", write(view.pools)},
            {"workers", write(view.workers)},
            {"summary", write(view.summary)},
            {"warnings", view.warnings},
            {"reason", or_null(view.reason)},
            {"job_runner", write(view.job_runner)}};
}

result<cluster_view> cluster_view_from_json(json const& value) {
    try {
        cluster_view view;
        member(value, "cluster", view.cluster);
        member(value, "state", view.state);
        member(value, "daemon", view.daemon);
        member(value, "scheduler", view.scheduler);
        member(value, "job_runner", view.job_runner);
        member(value, "pools", view.pools);
        member(value, "workers", view.workers);
        member(value, "summary", view.summary);
        member(value, "warnings", view.warnings);
        member(value, "reason", view.reason);
        return view;
    } catch (json::exception const& e) {
        return error{errc::failed, std::string("the status is not understood: ") + e.what(),
                     "are daskctl and daskd of one version? `daskctl daemon restart` renews the daemon"};
    }
}

cluster_view down_view(std::string cluster) {
    cluster_view view;
    view.cluster = std::move(cluster);
    view.state = "down";
    return view;
}

} // namespace daskd
