#include "daemon/supervise/status_feed.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace daskd::supervise {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Changes seldom come alone: those that come within this time are shown together.
constexpr auto gathering = 30ms;
/// Figures that come a little early are not left for the next time.
constexpr auto slack = 50ms;

} // namespace

std::uint64_t status_feed::add(std::chrono::milliseconds interval, watcher w) {
    auto const id = next_id_++;
    watchers_[id] = {std::max(interval, shortest_interval), std::move(w), clock::now(),
                     s_.history().last_seq()};
    adjust_flow();
    arrived_.notify_all();
    return id;
}

void status_feed::remove(std::uint64_t id) {
    watchers_.erase(id);
    adjust_flow();
}

void status_feed::adjust_flow() {
    std::optional<std::chrono::milliseconds> shortest;
    for (auto const& [id, w] : watchers_)
        shortest = std::min(shortest.value_or(w.interval), w.interval);
    s_.scheduler().watch_statistics(shortest);
}

std::optional<core::time_point> status_feed::next_try() const {
    std::optional<core::time_point> next;
    for (auto const& [id, w] : watchers_)
        if (w.is_behind) next = std::min(next.value_or(core::time_point::max()), w.shown_at + w.interval);
    return next;
}

std::vector<std::uint64_t> status_feed::due(core::time_point now, std::uint64_t seq) const {
    std::vector<std::uint64_t> ids;
    for (auto const& [id, w] : watchers_)
        if (w.shown_seq != seq || now - w.shown_at >= w.interval - slack) ids.push_back(id);
    return ids;
}

void status_feed::offer_all() {
    auto const now = clock::now();
    auto const seq = s_.history().last_seq();
    std::string text; // made once for all of them
    for (auto const id : due(now, seq)) {
        auto const it = watchers_.find(id);
        if (it == watchers_.end()) continue;
        if (text.empty()) text = to_line(to_json(s_.view()));
        it->second.shown_at = now;
        auto const offer = it->second.offer; // it may have itself removed
        bool const is_taken = offer(text);
        auto const still = watchers_.find(id);
        if (still == watchers_.end()) continue;
        still->second.is_behind = !is_taken;
        if (is_taken) still->second.shown_seq = seq;
    }
}

boost::asio::awaitable<void> status_feed::run() {
    boost::asio::steady_timer pause(s_.executor());
    for (;;) {
        while (watchers_.empty())
            co_await arrived_.wait({});
        auto changing = s_.wait_for_change(next_try());
        co_await std::move(changing);
        pause.expires_after(gathering);
        co_await pause.async_wait(boost::asio::use_awaitable);
        offer_all();
    }
}

} // namespace daskd::supervise
