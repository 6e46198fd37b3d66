#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/supervise/supervisor.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daskd::supervise {

/// Shows the cluster to those who watch it: at every change of state within a moment, and else as often as
/// each of them wants new figures. Figures flow from the scheduler only while somebody watches, and only as
/// often as the one in the greatest hurry wants them.
class status_feed {
public:
    static constexpr std::chrono::milliseconds shortest_interval{100};

    explicit status_feed(supervisor& s) : s_(s) {}
    status_feed(status_feed const&) = delete;
    status_feed& operator=(status_feed const&) = delete;

    /// Gets the text of `status --json`. False: there is no room for it now, and a newer one shall be offered
    /// later.
    using watcher = std::function<bool(std::string const& text)>;
    std::uint64_t add(std::chrono::milliseconds interval, watcher w);
    void remove(std::uint64_t id);

    /// Serves for ever.
    boost::asio::awaitable<void> run();

private:
    struct entry {
        std::chrono::milliseconds interval;
        watcher offer;
        core::time_point shown_at;
        std::uint64_t shown_seq = 0; ///< of the last event before
        bool is_behind = false;      ///< the last offer was not taken
    };

    void adjust_flow();
    [[nodiscard]] std::optional<core::time_point> next_try() const;
    /// Those who have missed an event, or whose figures are old enough.
    [[nodiscard]] std::vector<std::uint64_t> due(core::time_point now, std::uint64_t seq) const;
    void offer_all();

    supervisor& s_;
    std::map<std::uint64_t, entry> watchers_;
    std::uint64_t next_id_ = 1;
    async::notifier arrived_;
};

} // namespace daskd::supervise
