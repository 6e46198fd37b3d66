#include "ctl/render/progress.hpp"

#include "common/join.hpp"
#include "ctl/render/table.hpp"
#include "ctl/render/units.hpp"

#include <algorithm>
#include <map>

namespace daskd::ctl {
namespace {

constexpr std::size_t most_names = 3;

using workers = std::vector<worker_view const*>;

std::string names_of(workers const& list, auto const& name_of) {
    std::vector<std::string> names;
    for (auto const* w : list)
        if (std::ranges::find(names, name_of(*w)) == names.end()) names.push_back(name_of(*w));
    auto const more = names.size() > most_names ? names.size() - most_names : 0;
    names.resize(names.size() - more);
    return join(names, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

/// Has not been started yet: something else must be there first.
bool is_held_back(worker_view const& w) {
    return w.state == "stopped" && w.desired == "running";
}

/// The next start, and why it is needed.
std::string backoff_text(workers const& list) {
    auto const soonest =
        *std::ranges::min_element(list, {}, [](auto const* w) { return w->next_start_in_s.value_or(0); });
    std::string text = soonest->name;
    if (soonest->next_start_in_s) text += " again in " + show_duration(*soonest->next_start_in_s);
    if (soonest->last_exit) text += ": " + in_a_line(soonest->last_exit->text);
    return text;
}

/// Their jobs, and what each waits for.
std::string pending_text(workers const& list) {
    return names_of(list, [](auto const& w) {
        return "job " + w.job_id.value_or("?") + (w.reason ? ": " + *w.reason : "");
    });
}

std::string why_held_back(cluster_view const& view) {
    bool const has_scheduler = view.scheduler && view.scheduler->state == "running";
    return has_scheduler ? "for their host agent" : "for the scheduler";
}

std::string counts_of(cluster_view const& view, pool_view const& pool,
                      std::map<std::string, workers> const& by_state) {
    bool const is_ending = view.state == "stopping";
    std::string text;
    if (!is_ending)
        text = std::to_string(pool.running) + " of " +
               show_count(static_cast<std::uint64_t>(pool.desired), "worker") + " running";
    auto const add = [&](char const* state, std::string const& word, std::string const& waits_for) {
        auto const it = by_state.find(state);
        if (it == by_state.end()) return;
        text += (text.empty() ? "" : ", ") + std::to_string(it->second.size()) + " " + word +
                (waits_for.empty() ? "" : " (" + waits_for + ")");
    };
    auto const of = [&](char const* state) {
        auto const it = by_state.find(state);
        return it == by_state.end() ? workers{} : it->second;
    };
    auto const name = [](worker_view const& w) { return w.name; };
    auto const host = [](worker_view const& w) { return w.host; };
    if (is_ending) add("running", "running", "");
    add("held back", "waiting", why_held_back(view));
    add("pending", "in the queue", of("pending").empty() ? "" : pending_text(of("pending")));
    add("starting", "starting", names_of(of("starting"), name));
    add("backoff", "in backoff", of("backoff").empty() ? "" : backoff_text(of("backoff")));
    add("unreachable", "unreachable", names_of(of("unreachable"), host));
    add("failed", "failed", names_of(of("failed"), name));
    add("stopping", "stopping", names_of(of("stopping"), name));
    add("stopped", "stopped", "");
    return text;
}

std::optional<std::string> scheduler_line(cluster_view const& view) {
    if (!view.scheduler || view.scheduler->state == "running") return std::nullopt;
    auto const& s = *view.scheduler;
    auto text = s.state;
    if (s.next_start_in_s) text += ", again in " + show_duration(*s.next_start_in_s);
    if (s.last_exit && s.state != "stopping" && s.state != "stopped")
        text += ": " + in_a_line(s.last_exit->text);
    return text;
}

} // namespace

std::vector<std::string> render_progress_lines(cluster_view const& view, std::optional<std::size_t> width) {
    std::vector<std::pair<std::string, std::string>> rows;
    if (auto const scheduler = scheduler_line(view)) rows.emplace_back("scheduler", *scheduler);
    for (auto const& pool : view.pools) {
        std::map<std::string, workers> by_state;
        for (auto const& w : view.workers)
            if (w.pool == pool.name) by_state[is_held_back(w) ? "held back" : w.state].push_back(&w);
        rows.emplace_back(pool.name, counts_of(view, pool, by_state));
    }
    if (rows.empty()) rows.emplace_back(view.cluster, view.state);

    std::size_t label = 0;
    for (auto const& [name, text] : rows)
        label = std::max(label, name.size());
    std::vector<std::string> lines;
    for (auto const& [name, text] : rows) {
        auto line = name + std::string(label - name.size(), ' ') + "  " + text;
        lines.push_back(width ? cut_to(line, *width) : line);
    }
    return lines;
}

} // namespace daskd::ctl
