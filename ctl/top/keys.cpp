#include "ctl/top/keys.hpp"

#include "ctl/render/units.hpp"

#include <algorithm>
#include <charconv>

namespace daskd::ctl::top {
namespace {

constexpr std::size_t longest_number = 6;

order scale_order(std::string const& pool, int n) {
    return {"pool.scale",
            {{"pools", {{pool, n}}}},
            "scaling " + pool + " to " + std::to_string(n),
            pool + ": " + show_count(static_cast<std::uint64_t>(n), "worker")};
}

order worker_order(std::string const& verb, std::string const& name, std::string doing, std::string done) {
    return {
        "worker." + verb, {{"names", {name}}}, std::move(doing) + " " + name, name + ": " + std::move(done)};
}

pool_view const* pool_of_selected(model const& m) {
    auto const* worker = m.find_selected();
    // With one pool there is nothing to select, and perhaps no worker either.
    if (worker == nullptr) return m.view.pools.size() == 1 ? &m.view.pools.front() : nullptr;
    auto const it = std::ranges::find(m.view.pools, worker->pool, &pool_view::name);
    return it == m.view.pools.end() ? nullptr : &*it;
}

std::optional<action> scale_by(model const& m, int change) {
    auto const* pool = pool_of_selected(m);
    if (pool == nullptr || pool->desired + change < 0) return std::nullopt;
    return scale_order(pool->name, pool->desired + change);
}

void ask_for_number(model& m) {
    auto const* pool = pool_of_selected(m);
    if (pool == nullptr) return;
    m.question = prompt{"workers of " + pool->name + " (now " + std::to_string(pool->desired) + "): ",
                        true,
                        "",
                        pool->name,
                        {}};
}

void ask_to_restart(model& m) {
    if (auto const* w = m.find_selected())
        m.question = prompt{"restart " + w->name + "? (y/n) ", false, "", "",
                            worker_order("restart", w->name, "restarting", "restarted")};
}

std::optional<action> stop_or_start(model& m) {
    auto const* w = m.find_selected();
    if (w == nullptr) return std::nullopt;
    if (w->desired == "stopped") return worker_order("start", w->name, "starting", "started");
    m.question = prompt{"stop " + w->name + "? (y/n) ", false, "", "",
                        worker_order("stop", w->name, "stopping", "stopped, until it is started")};
    return std::nullopt;
}

std::optional<action> show_log(model& m, std::string const& name) {
    if (name.empty()) return std::nullopt;
    m.log = open_log{name, {}, 0, ""};
    return follow_log{name};
}

std::optional<action> answer(model& m, key k) {
    auto& q = *m.question;
    if (k.what == special::escape) {
        m.question.reset();
        return std::nullopt;
    }
    if (!q.wants_number) {
        bool const is_yes = k.character == 'y' || k.character == 'Y';
        auto const wanted = q.if_yes;
        m.question.reset();
        return is_yes ? std::optional<action>(wanted) : std::nullopt;
    }
    if (k.what == special::backspace && !q.input.empty()) q.input.pop_back();
    if (k.character >= '0' && k.character <= '9' && q.input.size() < longest_number) q.input += k.character;
    if (k.what != special::enter) return std::nullopt;
    auto const done = std::move(q);
    m.question.reset();
    int n = 0;
    std::from_chars(done.input.data(), done.input.data() + done.input.size(), n);
    return done.input.empty() ? std::nullopt : std::optional<action>(scale_order(done.pool, n));
}

std::optional<action> in_log(model& m, key k, std::size_t page) {
    auto& log = *m.log;
    auto const up = [&](std::size_t n) { log.scrolled = std::min(log.scrolled + n, log.lines.size()); };
    auto const down = [&](std::size_t n) { log.scrolled -= std::min(log.scrolled, n); };
    switch (k.what) {
    case special::up: up(1); break;
    case special::down: down(1); break;
    case special::page_up: up(page); break;
    case special::page_down: down(page); break;
    case special::home: log.scrolled = log.lines.size(); break;
    case special::end: log.scrolled = 0; break;
    case special::escape:
    case special::enter: m.log.reset(); return close_log{};
    default: break;
    }
    switch (k.character) {
    case 'k': up(1); break;
    case 'j': down(1); break;
    case 'q':
    case 'l': m.log.reset(); return close_log{};
    default: break;
    }
    return std::nullopt;
}

void sort_otherwise(model& m) {
    m.order_by = m.order_by == sorting::by_restarts ? sorting::by_name
                                                    : static_cast<sorting>(static_cast<int>(m.order_by) + 1);
    m.tell("sorted by " + to_string(m.order_by));
}

bool move(model& m, key k, std::ptrdiff_t page) {
    constexpr std::ptrdiff_t far = 1'000'000;
    auto const by = k.what == special::up || k.character == 'k'     ? -1
                    : k.what == special::down || k.character == 'j' ? 1
                    : k.what == special::page_up                    ? -page
                    : k.what == special::page_down                  ? page
                    : k.what == special::home                       ? -far
                    : k.what == special::end                        ? far
                                                                    : 0;
    if (by != 0) m.move_selection(by);
    return by != 0;
}

} // namespace

std::optional<action> press(model& m, key k, std::size_t page) {
    if (m.question) return answer(m, k);
    if (m.shows_help) {
        m.shows_help = false;
        return std::nullopt;
    }
    if (m.log) return in_log(m, k, page);
    if (move(m, k, static_cast<std::ptrdiff_t>(page))) return std::nullopt;
    if (k.what == special::enter) return show_log(m, m.selected);
    switch (k.character) {
    case 'q': return leave{};
    case 'h':
    case '?': m.shows_help = true; return std::nullopt;
    case 'r': ask_to_restart(m); return std::nullopt;
    case 's': return stop_or_start(m);
    case 'n': ask_for_number(m); return std::nullopt;
    case '+': return scale_by(m, 1);
    case '-': return scale_by(m, -1);
    case 'l': return show_log(m, m.selected);
    case 'L': return show_log(m, "scheduler");
    case 'd': return show_log(m, "daskd");
    case 'o': sort_otherwise(m); return std::nullopt;
    default: return std::nullopt;
    }
}

} // namespace daskd::ctl::top
