#include "common/bytes.hpp"
#include "ctl/render/table.hpp"
#include "ctl/render/units.hpp"
#include "ctl/top/render.hpp"

#include <algorithm>

namespace daskd::ctl::top {
namespace {

constexpr std::size_t label_places = 11;

line_writer& label(line_writer& w, char const* text) {
    return w.add(" ").add(text, color::dim).to(label_places);
}

line head(model const& m, std::size_t columns, double since_s, glyphs const& g) {
    auto const& view = m.view;
    line_writer w(columns, g.ellipsis);
    w.add(" ").add(g.dot, state_color(view.state)).add(" ").add(view.cluster, color::plain, true).add(": ");
    w.add(view.state, state_color(view.state), true);
    if (view.state != "down")
        w.add(", " + std::to_string(view.summary.running) + " of " +
              show_count(static_cast<std::uint64_t>(view.summary.desired), "worker") + " running");
    if (view.reason) w.add(", " + *view.reason);
    auto const right = !m.is_connected ? std::string("no daskd runs; waiting for one")
                       : view.daemon   ? "daskd " + format_bytes(view.daemon->rss_bytes) + ", up " +
                                           show_duration(view.daemon->uptime_s + since_s)
                                     : std::string();
    auto const places = display_width(right) + 1;
    if (w.room() > places) w.to(columns - places).add(right, m.is_connected ? color::dim : color::red);
    return w.take();
}

line scheduler(scheduler_view const& s, std::size_t columns, double since_s, glyphs const& g) {
    line_writer w(columns, g.ellipsis);
    label(w, "scheduler");
    if (s.state != "running") w.add(s.state + " ", state_color(s.state));
    if (s.address) w.add(*s.address, color::plain, true).add("  ");
    std::string about;
    if (s.uptime_s) about += "up " + show_duration(*s.uptime_s + since_s);
    if (s.distributed) about += ", distributed " + *s.distributed;
    if (s.restarts > 0) about += ", " + show_count(static_cast<std::uint64_t>(s.restarts), "restart");
    if (about.starts_with(", ")) about.erase(0, 2);
    return w.add(about, color::dim).take();
}

line pools(cluster_view const& view, std::size_t columns, glyphs const& g) {
    line_writer w(columns, g.ellipsis);
    label(w, "pools");
    for (auto const& pool : view.pools) {
        w.add(pool.name, color::plain, true).add(" ");
        w.add(std::to_string(pool.running) + "/" + std::to_string(pool.desired),
              pool.running == pool.desired ? color::green : color::yellow);
        if (auto const& a = pool.adapt)
            w.add(" (adapts, " + std::to_string(a->minimum) + " to " + std::to_string(a->maximum) + ")",
                  color::dim);
        w.add("   ");
    }
    return w.take();
}

line tasks(task_counts const& t, std::size_t columns, glyphs const& g) {
    line_writer w(columns, g.ellipsis);
    label(w, "tasks");
    auto const done = t.memory + t.released;
    auto const all = done + t.erred + t.processing + t.waiting;
    std::string counts = all == 0 ? "none" : std::to_string(done) + " of " + std::to_string(all) + " done";
    if (t.processing > 0) counts += ", " + std::to_string(t.processing) + " processing";
    if (t.waiting > 0) counts += ", " + std::to_string(t.waiting) + " waiting";
    auto const erred = t.erred > 0 ? std::to_string(t.erred) + " erred" : std::string();
    constexpr std::size_t widest_bar = 40;
    auto const text_places = display_width(counts) + display_width(erred) + 5;
    auto const room = w.room() > text_places ? w.room() - text_places : 0;
    if (all > 0 && room >= 8)
        w.add(stacked_bar({{done, g.across.back(), color::green},
                           {t.erred, g.bad, color::red},
                           {t.processing, g.half, color::yellow},
                           {t.waiting, g.track, color::dim}},
                          std::min(room, widest_bar)))
            .add("  ");
    w.add(counts);
    if (!erred.empty()) w.add(", ").add(erred, color::red, true);
    return w.take();
}

} // namespace

frame render_cluster(model const& m, std::size_t columns, double since_s, glyphs const& g) {
    auto const& view = m.view;
    frame lines{head(m, columns, since_s, g)};
    if (view.scheduler) {
        lines.push_back(scheduler(*view.scheduler, columns, since_s, g));
        lines.push_back(pools(view, columns, g));
        lines.push_back(tasks(view.scheduler->tasks, columns, g));
    }
    if (!view.warnings.empty()) {
        line_writer w(columns, g.ellipsis);
        label(w, "warning");
        if (view.warnings.size() > 1)
            w.add("(" + std::to_string(view.warnings.size()) + ", all by daskctl status) ", color::dim);
        lines.push_back(w.add(view.warnings.front(), color::yellow).take());
    }
    return lines;
}

} // namespace daskd::ctl::top
