#include "ctl/render/job.hpp"

#include "ctl/render/table.hpp"
#include "ctl/render/units.hpp"

#include <algorithm>
#include <cstdio>

namespace daskd::ctl {
namespace {

constexpr int bar_width = 24;

std::uint64_t number(json const& job, char const* key) {
    return job.value(key, std::uint64_t{0});
}

std::string text(json const& job, char const* key) {
    auto const it = job.find(key);
    return it != job.end() && it->is_string() ? it->get<std::string>() : "";
}

std::uint64_t ended(json const& job) {
    return number(job, "finished") + number(job, "failed");
}

/// 99 until it is all.
int percent(json const& job) {
    auto const calls = std::max<std::uint64_t>(1, number(job, "calls"));
    return static_cast<int>(ended(job) * 100 / calls);
}

std::string bar(int percent) {
    int const filled = percent * bar_width / 100;
    return "[" + std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(bar_width - filled), '-') + "]";
}

std::string show_rate(double per_s) {
    char shown[32];
    std::snprintf(shown, sizeof shown, per_s < 10 ? "%.1f/s" : "%.0f/s", per_s);
    return shown;
}

color color_of(json const& job) {
    auto const state = text(job, "state");
    if (state == "running") return color::cyan;
    if (state == "finished") return number(job, "failed") > 0 ? color::yellow : color::green;
    return color::red;
}

} // namespace

std::string show_number(std::uint64_t n) {
    auto shown = std::to_string(n);
    for (auto at = static_cast<std::ptrdiff_t>(shown.size()) - 3; at > 0; at -= 3)
        shown.insert(static_cast<std::size_t>(at), ",");
    return shown;
}

std::string render_job_line(json const& job, style const& paint) {
    int const done = percent(job);
    auto line = paint.paint(color::bold, text(job, "job")) + "  " + paint.paint(color_of(job), bar(done)) +
                " " + std::to_string(done) + "%  " + show_number(ended(job)) + " of " +
                show_number(number(job, "calls"));
    if (auto const failed = number(job, "failed"); failed > 0)
        line += ", " + paint.paint(color::red, show_number(failed) + " failed");
    if (text(job, "state") != "running") return line + "  " + text(job, "state");
    if (auto const rate = job.value("rate_per_s", 0.0); rate > 0) line += "  " + show_rate(rate);
    if (auto const it = job.find("eta_s"); it != job.end() && it->is_number())
        line += "  ETA " + show_duration(it->get<double>());
    return line;
}

std::string render_job_troubles(json const& job) {
    std::string lines;
    if (auto const trouble = text(job, "trouble"); !trouble.empty()) lines += trouble + "\n";
    auto const errors = job.value("errors", json::array());
    for (auto const& e : errors)
        lines += "  call " + std::to_string(number(e, "index")) + ": " + text(e, "error") + "\n";
    if (number(job, "failed") > errors.size())
        lines += "  … " + show_number(number(job, "failed")) + " in all\n";
    return lines;
}

std::string render_jobs(std::vector<json> const& jobs, style const& paint) {
    column name{"JOB", false, {}};
    column state{"STATE", false, {}};
    column calls{"CALLS", true, {}};
    column done{"DONE", true, {}};
    column failed{"FAILED", true, {}};
    column rate{"RATE", true, {}};
    column since{"SUBMITTED", false, {}};
    column what{"FUNCTION", false, {}};
    for (auto const& job : jobs) {
        name.cells.push_back({text(job, "job"), color::bold});
        state.cells.push_back({text(job, "state"), color_of(job)});
        calls.cells.push_back({show_number(number(job, "calls"))});
        done.cells.push_back({std::to_string(percent(job)) + "%"});
        auto const bad = number(job, "failed");
        failed.cells.push_back({bad > 0 ? show_number(bad) : "", color::red});
        auto const per_s = job.value("rate_per_s", 0.0);
        rate.cells.push_back({per_s > 0 ? show_rate(per_s) : ""});
        since.cells.push_back({text(job, "created_at").substr(0, 19)});
        what.cells.push_back({text(job, "function")});
    }
    return render_table({name, state, calls, done, failed, rate, since, what}, paint);
}

std::string render_failure(json const& entry, style const& paint) {
    auto line = paint.paint(color::bold, "call " + std::to_string(number(entry, "index"))) + " " +
                to_line(entry.value("args", json::array())) + "  " +
                paint.paint(color::red, text(entry, "error")) + "\n";
    for (auto const* part : {"traceback", "stdout", "stderr"}) {
        auto const said = text(entry, part);
        if (!said.empty()) line += said + (said.ends_with('\n') ? "" : "\n");
    }
    return line;
}

} // namespace daskd::ctl
