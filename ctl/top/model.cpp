#include "ctl/top/model.hpp"

#include <algorithm>

namespace daskd::ctl::top {
namespace {

/// A change of state brings a status too: figures are taken at about the pace at which they are asked for.
constexpr std::chrono::milliseconds least_sampling{80};

template <class T>
void keep(std::deque<T>& values, T value, std::size_t most) {
    values.push_back(std::move(value));
    while (values.size() > most)
        values.pop_front();
}

} // namespace

std::string to_string(sorting s) {
    switch (s) {
    case sorting::by_name: return "name";
    case sorting::by_cpu: return "CPU";
    case sorting::by_memory: return "memory";
    case sorting::by_restarts: return "restarts";
    }
    return "?";
}

void model::on_status(cluster_view fresh, time_point now) {
    view = std::move(fresh);
    shown_at = now;
    std::erase_if(courses, [this](auto const& known) {
        return std::ranges::find(view.workers, known.first, &worker_view::name) == view.workers.end();
    });
    if (!sampled_at || now - *sampled_at >= least_sampling) {
        sampled_at = now;
        for (auto const& w : view.workers) {
            keep(courses[w.name].cpu_percent, w.cpu_percent.value_or(0), kept_values);
            keep(courses[w.name].memory_bytes, static_cast<double>(w.memory_bytes.value_or(0)), kept_values);
        }
    }
    if (find_selected() == nullptr) selected = view.workers.empty() ? "" : rows().front()->name;
}

void model::on_event(json event) {
    keep(events, std::move(event), kept_events);
}

void model::on_log(std::string const& name, std::vector<std::string> const& lines) {
    if (!log || log->name != name) return;
    for (auto const& line : lines) {
        keep(log->lines, line, kept_lines);
        // Who reads further up is not carried along.
        if (log->scrolled > 0) log->scrolled = std::min(log->scrolled + 1, log->lines.size());
    }
}

void model::on_connection(bool is_there) {
    is_connected = is_there;
    if (is_there) return;
    view = down_view(view.cluster);
    courses.clear();
    question.reset();
}

void model::tell(std::string text, bool complains) {
    message = std::move(text);
    is_complaint = complains;
}

std::vector<worker_view const*> model::rows() const {
    std::vector<worker_view const*> list;
    for (auto const& w : view.workers)
        list.push_back(&w);
    auto const sort_by = [&](auto const& figure) {
        std::ranges::stable_sort(list, [&](auto const* a, auto const* b) { return figure(*a) > figure(*b); });
    };
    switch (order_by) {
    case sorting::by_name: break; // as the daemon has them
    case sorting::by_cpu: sort_by([](worker_view const& w) { return w.cpu_percent.value_or(0); }); break;
    case sorting::by_memory: sort_by([](worker_view const& w) { return w.memory_bytes.value_or(0); }); break;
    case sorting::by_restarts: sort_by([](worker_view const& w) { return w.restarts; }); break;
    }
    return list;
}

worker_view const* model::find_selected() const {
    auto const it = std::ranges::find(view.workers, selected, &worker_view::name);
    return it == view.workers.end() ? nullptr : &*it;
}

void model::move_selection(std::ptrdiff_t by) {
    auto const all = rows();
    if (all.empty()) return;
    auto const at = std::ranges::find(all, selected, &worker_view::name) - all.begin();
    auto const last = static_cast<std::ptrdiff_t>(all.size()) - 1;
    selected = all[static_cast<std::size_t>(std::clamp(at + by, std::ptrdiff_t{0}, last))]->name;
}

void model::scroll_to_selection(std::size_t height) {
    auto const all = rows();
    auto const at =
        static_cast<std::size_t>(std::ranges::find(all, selected, &worker_view::name) - all.begin());
    if (height == 0 || at >= all.size()) {
        first_shown = 0;
        return;
    }
    if (at < first_shown) first_shown = at;
    if (at >= first_shown + height) first_shown = at - height + 1;
    first_shown = std::min(first_shown, all.size() > height ? all.size() - height : 0);
}

} // namespace daskd::ctl::top
