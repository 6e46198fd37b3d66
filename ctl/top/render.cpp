#include "ctl/top/render.hpp"

#include "ctl/render/event.hpp"

#include <algorithm>

namespace daskd::ctl::top {
namespace {

constexpr extent smallest{8, 40};
constexpr std::size_t least_events = 3;

std::string text_of(json const& event, char const* key) {
    auto const it = event.is_object() ? event.find(key) : event.end();
    return event.is_object() && it != event.end() && it->is_string() ? it->get<std::string>() : "";
}

/// "2026-11-21T22:58:04.808Z" → "22:58:04": what happened long ago is not shown here.
std::string time_of(std::string const& at) {
    constexpr std::size_t date = 11;
    constexpr std::size_t seconds = 8;
    return at.size() >= date + seconds ? at.substr(date, seconds) : at;
}

std::string cause_of(json const& event) {
    if (auto text = text_of(event, "text"); !text.empty()) return text;
    auto const it = event.find("cause");
    return it == event.end() ? "" : text_of(*it, "text");
}

line render_event_row(json const& event, std::size_t columns, glyphs const& g) {
    line_writer w(columns, g.ellipsis);
    w.add(" ").add(time_of(text_of(event, "at")), color::dim).add(" ");
    w.add((text_of(event, "kind") == "agent.state" ? "agent-" : "") + text_of(event, "name"), color::plain,
          true);
    auto const from = text_of(event, "from");
    auto const to = text_of(event, "to");
    if (!from.empty() && !to.empty()) w.add(" ").add(from, state_color(from)).add(" →");
    if (!to.empty()) w.add(" ").add(to, state_color(to));
    auto cause = cause_of(event);
    std::ranges::replace(cause, '\n', ' ');
    if (!cause.empty()) w.add(to.empty() ? " " : ": ").add(cause);
    return w.take();
}

frame render_events(model const& m, std::size_t columns, std::size_t rows, glyphs const& g) {
    frame lines;
    if (rows == 0) return lines;
    lines.push_back(line_writer(columns, g.ellipsis).add(" EVENTS (UTC)").take(true));
    auto const shown = std::min(rows, m.events.size());
    for (auto i = m.events.size() - shown; i < m.events.size(); ++i)
        lines.push_back(render_event_row(m.events[i], columns, g));
    return lines;
}

line render_last_line(model const& m, std::size_t columns, glyphs const& g) {
    line_writer w(columns, g.ellipsis);
    if (m.question) return w.add(m.question->text + m.question->input, color::yellow, true).take();
    if (!m.message.empty())
        return w.add(m.message, m.is_complaint ? color::red : color::cyan, m.is_complaint).take();
    std::vector<std::pair<char const*, char const*>> const keys{
        {"q", "quit"}, {"r", "restart"}, {"s", "stop"}, {"n", "scale"},
        {"l", "log"},  {"o", "sort"},    {"?", "help"}};
    for (auto const& [name, does] : keys)
        w.add(" ").add(name, color::plain, true).add(std::string(" ") + does).add(" ");
    return w.take();
}

double seconds_since(model const& m, time_point now) {
    return m.is_connected ? std::chrono::duration<double>(now - m.shown_at).count() : 0;
}

} // namespace

layout lay_out(model const& m, extent size) {
    auto const above = render_cluster(m, size.columns, 0, ascii_glyphs()).size();
    auto const fixed = above + 2; // the table's heading, the last line
    if (size.rows <= fixed) return {};
    auto const room = size.rows - fixed;
    auto const workers = std::min(m.view.workers.size(), room);
    // Events get what workers leave over, and a third of it in any case, with a heading of their own.
    auto events = std::max(room - workers, std::min(room / 3, least_events + 1));
    events = std::min(events, std::max(m.events.size(), std::size_t{1}) + 1);
    if (events < 2) events = 0;
    return {std::min(workers, room - events), events == 0 ? 0 : events - 1};
}

frame render(model const& m, extent size, time_point now, glyphs const& g) {
    if (size.rows < smallest.rows || size.columns < smallest.columns)
        return {line_writer(size.columns, g.ellipsis).add("too small a window").take()};
    if (m.shows_help) return render_help(size, g);
    if (m.log) return render_log(*m.log, size, g);
    auto const since_s = seconds_since(m, now);
    auto const shares = lay_out(m, size);
    auto lines = render_cluster(m, size.columns, since_s, g);
    for (auto& l : render_workers(m, size.columns, shares.workers, since_s, g))
        lines.push_back(std::move(l));
    for (auto& l : render_events(m, size.columns, shares.events, g))
        lines.push_back(std::move(l));
    lines.resize(size.rows - 1);
    lines.push_back(render_last_line(m, size.columns, g));
    return lines;
}

} // namespace daskd::ctl::top
