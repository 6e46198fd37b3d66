#include "common/bytes.hpp"
#include "ctl/render/table.hpp"
#include "ctl/render/units.hpp"
#include "ctl/top/render.hpp"

#include <algorithm>
#include <cmath>

namespace daskd::ctl::top {
namespace {

/// Places of the columns; 0: left out.
struct columns_of_workers {
    std::size_t name = 0;
    std::size_t host = 0;
    std::size_t state = 0;
    std::size_t bar = 0;
    std::size_t spark = 0;
    std::size_t last_exit = 0;
};

constexpr std::size_t percent_places = 5;
constexpr std::size_t bytes_places = 10;
constexpr std::size_t tasks_places = 5;
constexpr std::size_t restarts_places = 3;
constexpr std::size_t uptime_places = 7;

std::string state_of(worker_view const& w, double since_s) {
    if (!w.next_start_in_s) return w.state;
    return w.state + " " + show_duration(std::max(0.0, *w.next_start_in_s - since_s));
}

template <class Text>
std::size_t widest(std::vector<worker_view> const& workers, std::size_t least, std::size_t most,
                   Text const& text) {
    auto width = least;
    for (auto const& w : workers)
        width = std::max(width, display_width(text(w)));
    return std::min(width, most);
}

columns_of_workers share_out(model const& m, std::size_t columns) {
    constexpr std::size_t longest_name = 20;
    constexpr std::size_t longest_state = 13;
    constexpr std::size_t longest_host = 16;
    auto const& workers = m.view.workers;
    columns_of_workers c;
    c.name = widest(workers, 6, longest_name, [](worker_view const& w) { return w.name; });
    c.state = widest(workers, 8, longest_state, [](worker_view const& w) { return state_of(w, 0); });
    auto used = 2 + c.name + 1 + c.state + 1 + percent_places + 1 + bytes_places + tasks_places + 1 +
                restarts_places + 1 + uptime_places;
    auto const left = [&] { return columns > used + 1 ? columns - used - 1 : 0; };
    bool const is_elsewhere =
        std::ranges::any_of(workers, [](auto const& w) { return w.host != "localhost"; });
    constexpr std::size_t wide = 50;
    if (is_elsewhere && left() >= wide) {
        c.host = widest(workers, 4, longest_host, [](worker_view const& w) { return w.host; });
        used += c.host + 1;
    }
    // Two pairs of bar and sparkline, each with a blank before.
    bool const has_ends = std::ranges::any_of(workers, [](auto const& w) { return w.last_exit.has_value(); });
    std::size_t const widest_bar = has_ends ? 10 : 12; // why they ended is worth more
    std::size_t const widest_spark = has_ends ? 10 : 20;
    constexpr std::size_t least_pair = 6;
    auto const pair = left() / 2;
    if (pair >= least_pair) {
        c.bar = std::min((pair - 1) / 2, widest_bar);
        c.spark = std::min(pair - 1 - c.bar, widest_spark);
        used += 2 * (c.bar + 1 + c.spark);
    }
    constexpr std::size_t least_exit = 12;
    if (left() >= least_exit) c.last_exit = left() - 2;
    return c;
}

line heading(columns_of_workers const& c, std::size_t columns, glyphs const& g) {
    auto const pair = c.bar == 0 ? 0 : c.bar + 1 + c.spark;
    line_writer w(columns, g.ellipsis);
    w.add("  ").field("NAME", c.name).add(" ");
    if (c.host > 0) w.field("HOST", c.host).add(" ");
    w.field("STATE", c.state).add(" ");
    w.field("CPU", pair + percent_places, pair == 0).add(" ");
    w.field("MEMORY", pair + bytes_places, pair == 0);
    w.field("TASKS", tasks_places + 1, true).field("RST", restarts_places + 1, true);
    w.field("UPTIME", uptime_places, true);
    if (c.last_exit > 0) w.add("  ").add("LAST EXIT");
    return w.take(true);
}

void add_figure(line_writer& w, columns_of_workers const& c, std::optional<double> fraction,
                std::string const& curve, std::string const& text, std::size_t text_places, glyphs const& g) {
    if (c.bar > 0) {
        w.add(fraction ? bar(*fraction, c.bar, load_color(*fraction), g) : line{{std::string(c.bar, ' ')}});
        w.add(" ").add(curve, color::cyan);
    }
    w.field(text, text_places, true);
}

/// The bar tells how much it is, the curve how it came: it is as high as its highest value, but for what is
/// next to nothing of `full`.
std::string curve_of(std::deque<double> const& values, double full, std::size_t width, glyphs const& g) {
    constexpr double little = 0.1;
    auto const shown = values.end() - static_cast<std::ptrdiff_t>(std::min(width, values.size()));
    auto const highest = shown == values.end() ? 0.0 : *std::max_element(shown, values.end());
    return sparkline(values, std::max(highest, full * little), width, g);
}

line row(model const& m, worker_view const& worker, columns_of_workers const& c, std::size_t columns,
         double since_s, glyphs const& g) {
    bool const is_selected = worker.name == m.selected;
    bool const is_running = worker.state == "running";
    auto const known = m.courses.find(worker.name);
    static course const none;
    auto const& values = known == m.courses.end() ? none : known->second;

    line_writer w(columns, g.ellipsis);
    w.add(is_selected ? std::string(g.mark) + " " : "  ", color::plain, true);
    w.field(worker.name, c.name).add(" ");
    if (c.host > 0) w.field(worker.host, c.host).add(" ");
    w.field(state_of(worker, since_s), c.state, false, state_color(worker.state)).add(" ");

    constexpr double percent = 100;
    auto const full_cpu = percent * std::max(1, worker.threads);
    auto const cpu = is_running ? worker.cpu_percent : std::nullopt;
    add_figure(w, c, cpu ? std::optional(*cpu / full_cpu) : std::nullopt,
               curve_of(values.cpu_percent, full_cpu, c.spark, g),
               cpu ? std::to_string(std::lround(*cpu)) + "%" : "", percent_places, g);
    w.add(" ");
    auto const limit = static_cast<double>(worker.memory_limit_bytes.value_or(0));
    auto const memory = is_running ? worker.memory_bytes : std::nullopt;
    add_figure(w, c, memory && limit > 0 ? std::optional(static_cast<double>(*memory) / limit) : std::nullopt,
               curve_of(values.memory_bytes, limit, c.spark, g), memory ? format_bytes(*memory) : "",
               bytes_places, g);
    w.field(is_running && worker.executing ? std::to_string(*worker.executing) : "", tasks_places + 1, true);
    w.field(std::to_string(worker.restarts), restarts_places + 1, true);
    w.field(worker.uptime_s ? show_duration(*worker.uptime_s + since_s) : "", uptime_places, true);
    if (c.last_exit > 0 && worker.last_exit) {
        w.add("  ").add(in_a_line(worker.last_exit->text), color::dim);
    }
    auto spans = w.take();
    if (is_selected)
        for (auto& s : spans)
            s.is_bold = true;
    return spans;
}

} // namespace

frame render_workers(model const& m, std::size_t columns, std::size_t rows, double since_s, glyphs const& g) {
    auto const c = share_out(m, columns);
    frame lines{heading(c, columns, g)};
    auto const all = m.rows();
    for (auto i = m.first_shown; i < all.size() && i < m.first_shown + rows; ++i)
        lines.push_back(row(m, *all[i], c, columns, since_s, g));
    return lines;
}

} // namespace daskd::ctl::top
