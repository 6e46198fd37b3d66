#include "ctl/render/status.hpp"

#include "common/bytes.hpp"
#include "ctl/render/table.hpp"
#include "ctl/render/units.hpp"

#include <algorithm>
#include <cmath>

namespace daskd::ctl {
namespace {

void add(std::string& list, std::string const& text) {
    if (text.empty()) return;
    if (!list.empty()) list += ", ";
    list += text;
}

void add_count(std::string& list, std::uint64_t n, char const* what) {
    if (n != 0) add(list, std::to_string(n) + " " + what);
}

std::string since(std::optional<double> const& uptime_s) {
    return uptime_s ? "up " + show_duration(*uptime_s) : "";
}

/// "backoff 1.2s": a state with what it waits for.
std::string state_text(std::string const& state, std::optional<double> const& next_start_in_s) {
    return next_start_in_s ? state + " " + show_duration(*next_start_in_s) : state;
}

/// "backoff 1.2s, attempt 3 of 10"
std::string state_text(worker_view const& w) {
    auto text = state_text(w.state, w.next_start_in_s);
    bool const tells = w.attempt > 0 && (w.state == "backoff" || w.state == "failed");
    if (tells) text += ", attempt " + std::to_string(w.attempt);
    if (tells && w.attempts_allowed) text += " of " + std::to_string(*w.attempts_allowed);
    if (w.reason) text += ": " + *w.reason;
    return text;
}

std::string label(char const* text, style const& paint) {
    constexpr std::size_t width = 11;
    std::string padded = text;
    padded.resize(width, ' ');
    return "  " + paint.paint(color::dim, padded);
}

std::string adapt_lines(cluster_view const& view, style const& paint) {
    std::string text;
    for (auto const& pool : view.pools)
        if (auto const& a = pool.adapt)
            text += label("adapt", paint) + pool.name + ": " + std::to_string(a->minimum) + " to " +
                    show_count(static_cast<std::uint64_t>(a->maximum), "worker") + ", now " +
                    std::to_string(pool.desired) + "\n";
    return text;
}

std::string scheduler_lines(scheduler_view const& s, style const& paint) {
    std::string about;
    if (s.pid) add(about, "pid " + std::to_string(*s.pid));
    add(about, since(s.uptime_s));
    if (s.distributed) add(about, "distributed " + *s.distributed);
    if (s.python) add(about, "Python " + *s.python);
    if (s.restarts > 0) add(about, show_count(static_cast<std::uint64_t>(s.restarts), "restart"));

    auto text = label("scheduler", paint);
    if (s.state != "running")
        text += paint.paint(state_color(s.state), state_text(s.state, s.next_start_in_s)) + "  ";
    if (s.address) text += paint.paint(color::bold, *s.address) + "  ";
    text += about.empty() ? "" : "(" + about + ")";
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
    if (s.last_exit) text += label("", paint) + "last exit: " + in_a_line(s.last_exit->text) + "\n";
    if (s.dashboard) text += label("dashboard", paint) + *s.dashboard + "\n";

    std::string tasks;
    add_count(tasks, s.tasks.processing, "processing");
    add_count(tasks, s.tasks.waiting, "waiting");
    add_count(tasks, s.tasks.memory, "in memory");
    add_count(tasks, s.tasks.erred, "erred");
    if (!tasks.empty()) text += label("tasks", paint) + tasks + "\n";
    return text;
}

std::string counts(summary_view const& s) {
    std::string text;
    add(text, std::to_string(s.running) + " of " +
                  show_count(static_cast<std::uint64_t>(s.desired), "worker") + " running");
    add_count(text, static_cast<std::uint64_t>(s.starting), "starting");
    add_count(text, static_cast<std::uint64_t>(s.pending), "pending");
    add_count(text, static_cast<std::uint64_t>(s.backoff), "in backoff");
    add_count(text, static_cast<std::uint64_t>(s.failed), "failed");
    add_count(text, static_cast<std::uint64_t>(s.unreachable), "unreachable");
    add_count(text, static_cast<std::uint64_t>(s.stopped), "stopped");
    return text;
}

std::string warning_lines(cluster_view const& view, style const& paint) {
    std::string text;
    for (auto const& warning : view.warnings)
        text += label("warning", paint) + paint.paint(color::yellow, warning) + "\n";
    return text;
}

std::string memory_text(worker_view const& w) {
    if (!w.memory_bytes) return "";
    auto text = format_bytes(*w.memory_bytes);
    if (w.memory_limit_bytes) text += " / " + format_bytes(*w.memory_limit_bytes);
    return text;
}

std::string last_exit_text(worker_view const& w) {
    return w.last_exit ? in_a_line(w.last_exit->text) : "";
}

/// Columns fill only where they tell something: an empty one is not drawn.
std::vector<column> worker_columns(cluster_view const& view) {
    auto const& workers = view.workers;
    bool const several_pools = view.pools.size() > 1;
    bool const several_hosts =
        std::ranges::any_of(workers, [&](auto const& w) { return w.host != workers[0].host; });
    bool const any_restarts = std::ranges::any_of(workers, [](auto const& w) { return w.restarts > 0; });
    bool const any_tasks =
        std::ranges::any_of(workers, [](auto const& w) { return w.executing.value_or(0) > 0; });

    std::vector<column> columns;
    auto const add_column = [&](char const* title, bool is_number, auto const& text_of) {
        column c{title, is_number, {}};
        for (auto const& w : workers)
            c.cells.push_back({text_of(w), color::plain});
        columns.push_back(std::move(c));
    };
    add_column("  NAME", false, [](worker_view const& w) { return "  " + w.name; });
    add_column("POOL", false, [&](worker_view const& w) { return several_pools ? w.pool : ""; });
    add_column("HOST", false,
               [&](worker_view const& w) { return several_hosts || w.host != "localhost" ? w.host : ""; });
    column states{"STATE", false, {}};
    for (auto const& w : workers)
        states.cells.push_back({state_text(w), state_color(w.state)});
    columns.push_back(std::move(states));
    add_column("PID", true, [](worker_view const& w) { return w.pid ? std::to_string(*w.pid) : ""; });
    add_column("JOB", true, [](worker_view const& w) { return w.job_id.value_or(""); });
    add_column("THREADS", true, [](worker_view const& w) { return std::to_string(w.threads); });
    add_column("MEMORY", true, memory_text);
    add_column("CPU", true, [](worker_view const& w) {
        return w.cpu_percent ? std::to_string(std::lround(*w.cpu_percent)) + "%" : "";
    });
    add_column("TASKS", true, [&](worker_view const& w) {
        return any_tasks && w.executing ? std::to_string(*w.executing) : "";
    });
    add_column("RESTARTS", true,
               [&](worker_view const& w) { return any_restarts ? std::to_string(w.restarts) : ""; });
    add_column("UPTIME", true,
               [](worker_view const& w) { return w.uptime_s ? show_duration(*w.uptime_s) : ""; });
    add_column("LAST EXIT", false, last_exit_text);
    return columns;
}

} // namespace

std::string render_header(cluster_view const& view, style const& paint) {
    auto const hue = state_color(view.state);
    auto const name = paint.paint(color::bold, view.cluster);
    if (view.state == "down")
        return name + ": " + paint.paint(hue, "down") + (view.reason ? ", " + *view.reason : "") + "\n" +
               warning_lines(view, paint);

    auto text = paint.paint(hue, "●") + " " + name + ": " + paint.paint(hue, view.state) + ", " +
                counts(view.summary) + "\n";
    if (view.scheduler) text += scheduler_lines(*view.scheduler, paint);
    text += adapt_lines(view, paint);
    if (view.daemon)
        text += label("daskd", paint) + "pid " + std::to_string(view.daemon->pid) + ", " +
                format_bytes(view.daemon->rss_bytes) + ", " + since(view.daemon->uptime_s) + "\n";
    return text + warning_lines(view, paint);
}

std::string render_status(cluster_view const& view, style const& paint) {
    auto text = render_header(view, paint);
    if (!view.workers.empty()) text += "\n" + render_table(worker_columns(view), paint);
    return text;
}

std::string render_summary(cluster_view const& view) {
    return view.state + ": " + counts(view.summary);
}

} // namespace daskd::ctl
