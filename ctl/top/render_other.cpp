#include "ctl/render/table.hpp"
#include "ctl/top/render.hpp"

#include <algorithm>

namespace daskd::ctl::top {
namespace {

/// Pieces of a line that fit; an empty line is one piece.
std::vector<std::string> wrapped(std::string const& text, std::size_t width) {
    std::vector<std::string> pieces;
    std::string piece;
    std::size_t used = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const begins = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
        if (begins && used == width) {
            pieces.push_back(std::move(piece));
            piece.clear();
            used = 0;
        }
        if (begins) ++used;
        piece += text[i];
    }
    pieces.push_back(std::move(piece));
    return pieces;
}

} // namespace

frame render_log(open_log const& log, extent size, glyphs const& g) {
    line_writer title(size.columns, g.ellipsis);
    title.add(" log of " + log.name);
    if (log.scrolled > 0) title.add(", " + std::to_string(log.scrolled) + " lines above its end");
    frame lines{title.take(true)};
    auto const room = size.rows - 2;
    // From the bottom up, since long lines take several rows.
    std::vector<std::string> shown;
    auto const end = log.lines.size() - std::min(log.scrolled, log.lines.size());
    for (auto i = end; i > 0 && shown.size() < room; --i) {
        auto pieces = wrapped(printable(log.lines[i - 1]), size.columns);
        shown.insert(shown.end(), pieces.rbegin(), pieces.rend());
    }
    shown.resize(std::min(shown.size(), room));
    std::ranges::reverse(shown);
    for (auto& text : shown)
        lines.push_back({{std::move(text)}});
    if (!log.problem.empty()) lines.push_back({{cut_to(log.problem, size.columns, g.ellipsis), color::red}});
    lines.resize(size.rows - 1);
    line_writer keys(size.columns, g.ellipsis);
    for (auto const& [name, does] : std::vector<std::pair<char const*, char const*>>{
             {"q", "back"}, {"k j PgUp PgDn", "scroll"}, {"End", "follow"}})
        keys.add(" ").add(name, color::plain, true).add(std::string(" ") + does).add(" ");
    lines.push_back(keys.take());
    return lines;
}

frame render_help(extent size, glyphs const& g) {
    frame lines{line_writer(size.columns, g.ellipsis).add(" daskctl top").take(true)};
    for (auto const& [keys, does] : std::vector<std::pair<char const*, char const*>>{
             {"k j, arrows, PgUp PgDn, Home End", "select a worker"},
             {"r", "restart it; its results move first"},
             {"s", "stop it, or start it again"},
             {"n", "set the number of workers of its pool"},
             {"+ -", "one worker more, or less, in its pool"},
             {"l, Enter", "its log, followed"},
             {"L", "the scheduler's log"},
             {"d", "daskd's own log"},
             {"o", "sort by name, CPU, memory, restarts"},
             {"q, Ctrl-C", "quit; the cluster does not mind"}}) {
        line_writer w(size.columns, g.ellipsis);
        w.add("  ").add(keys, color::plain, true);
        lines.push_back(w.to(36).add(does).take());
    }
    lines.emplace_back();
    line_writer w(size.columns, g.ellipsis);
    w.add("  tasks: ")
        .add(g.across.back(), color::green)
        .add(" done  ")
        .add(g.bad, color::red)
        .add(" erred  ");
    w.add(g.half, color::yellow).add(" processing  ").add(g.track, color::dim).add(" waiting");
    lines.push_back(w.take());
    lines.push_back(line_writer(size.columns, g.ellipsis)
                        .add("  curves: the last values, the newest at the right")
                        .take());
    lines.resize(std::min(lines.size(), size.rows - 1));
    lines.resize(size.rows - 1);
    lines.push_back(line_writer(size.columns, g.ellipsis).add(" any key: back").take());
    return lines;
}

} // namespace daskd::ctl::top
