#include "daemon/core/liveness.hpp"

#include "common/durations.hpp"

namespace daskd::core {
namespace {

/// Threads that wait for a GIL that nobody gives back wake up two hundred times a second: that is no work.
constexpr int idle_share = 50; // one part in so many

milliseconds since(time_point then, time_point now) {
    return std::chrono::duration_cast<milliseconds>(now - then);
}

} // namespace

hang_verdict judge(silence_facts const& facts, milliseconds liveness) {
    if (facts.silence < liveness) return hang_verdict::leave;
    if (facts.state == 'T') return hang_verdict::kill;
    if (facts.state != 'S') return hang_verdict::leave;
    bool const is_watched_enough = facts.watched >= liveness / 5;
    // Less than at the first look: a child has ended, so something was done.
    bool const is_idle = facts.cpu_time.count() >= 0 && facts.cpu_time * idle_share <= facts.watched;
    return is_watched_enough && is_idle ? hang_verdict::kill : hang_verdict::leave;
}

std::string describe_hang(silence_facts const& facts) {
    auto const text = "silent for " + format_duration(facts.silence);
    return facts.state == 'T' ? text + " and stopped (state T)" : text + " without using the CPU";
}

void suspicion::on_silent(milliseconds silence, time_point now) {
    if (excused_until_ && now < *excused_until_) return;
    silent_since_ = now - silence;
    // It has spoken since: this is another silence.
    if (first_look_ && first_look_->at < *silent_since_) first_look_.reset();
}

std::optional<silence_facts> suspicion::on_examined(char state, milliseconds cpu_time, time_point now) {
    if (!silent_since_) return std::nullopt;
    if (!first_look_) first_look_ = look{now, cpu_time};
    return silence_facts{since(*silent_since_, now), state, since(first_look_->at, now),
                         cpu_time - first_look_->cpu_time};
}

} // namespace daskd::core
