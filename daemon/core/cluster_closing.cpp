#include "daemon/core/cluster.hpp"

#include <cstdio>

// How a cluster ends with its scheduler, or goes on without it.

namespace daskd::core {
namespace {

ending ending_of(happened::scheduler_closing const& closing) {
    if (closing.by == "client") return ending::shutdown;
    return closing.by == "idle" ? ending::idle : ending::scheduler_lost;
}

/// Why a scheduler that was ended on purpose takes the cluster along.
std::string reason_of(happened::scheduler_closing const& closing) {
    if (closing.by == "client") return "a client called Client.shutdown()";
    if (!closing.idle_s) return "idle (idle_timeout)";
    char text[64];
    std::snprintf(text, sizeof text, "idle for %g s (idle_timeout)", *closing.idle_s);
    return text;
}

} // namespace

effects cluster::scheduler_is_lost(time_point now) {
    effects all;
    for (auto& [name, i] : workers_)
        if (i.is_alive()) append(all, stop(i, ending::scheduler_lost, stop_manner::briskly, now));
    if (runner_.is_alive()) append(all, stop(runner_, ending::scheduler_lost, stop_manner::briskly, now));
    return all;
}

effects cluster::on(happened::scheduler_closing const& e, time_point now) {
    if (!is_up_ || !scheduler_.is_alive()) return {};
    if (auto const why = ending_of(e); why != ending::scheduler_lost)
        return down(why, stop_manner::briskly, now, reason_of(e));
    // The workers will close by themselves, with code 0: their cause must be known before.
    return scheduler_is_lost(now);
}

effects cluster::found_closed(happened::scheduler_closing const& last_words, time_point now) {
    auto const text = reason_of(last_words) + " while daskd was away";
    if (is_up_) return down(ending_of(last_words), stop_manner::briskly, now, text);
    // Workers that are still there may be told as stopping first: the reason is needed once more.
    down_text_ = text;
    return {wanted::tell{"cluster.state",
                         name_,
                         to_string(cluster_state::running),
                         to_string(cluster_state::down),
                         {},
                         down_text_},
            wanted::save_intent{}};
}

} // namespace daskd::core
