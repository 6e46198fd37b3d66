#pragma once

#include "daemon/core/time.hpp"

#include <optional>
#include <string>

namespace daskd::core {

// A registered worker whose heartbeats have stopped: does it hang, or does it work so hard (a task that holds
// the GIL) that it cannot speak? Dask itself drops any worker that is silent for its worker-ttl, 5 minutes.
// Sooner, after the pool's `liveness`, only one that certainly does nothing is ended.

/// What is known of a silent worker.
struct silence_facts {
    milliseconds silence{0}; ///< since its last heartbeat
    /// Of its liveliest thread, as /proc has it: R runs, D waits for a disk, S sleeps; T: the process is
    /// stopped, t: a debugger holds it.
    char state = 'S';
    /// How long it has been watched since it fell silent, and the CPU time that its tree used meanwhile.
    milliseconds watched{0};
    milliseconds cpu_time{0};
};

enum class hang_verdict {
    leave, ///< it works, or nobody can tell yet
    kill,  ///< it hangs
};

[[nodiscard]] hang_verdict judge(silence_facts const& facts, milliseconds liveness);

/// "silent for 61 s and stopped (state T)"
[[nodiscard]] std::string describe_hang(silence_facts const& facts);

/// From when on the scheduler should tell of a silent worker, so that it has been watched for a while when it
/// is judged.
[[nodiscard]] constexpr milliseconds first_suspicion(milliseconds liveness) {
    return liveness / 2;
}

/// What is remembered of one worker's silence between two looks.
class suspicion {
public:
    /// The scheduler has not heard of it for `silence`.
    void on_silent(milliseconds silence, time_point now);
    /// Its agent has looked: what is known now. Empty: nobody had asked.
    [[nodiscard]] std::optional<silence_facts> on_examined(char state, milliseconds cpu_time, time_point now);

    /// Its link was lost, and until then its silence means nothing: TCP sends again only after as long a
    /// pause as the link was away.
    void excuse_until(time_point then) { *this = suspicion(then); }

    suspicion() = default;

private:
    explicit suspicion(time_point excused_until) : excused_until_(excused_until) {}

    struct look {
        time_point at;
        milliseconds cpu_time;
    };
    std::optional<time_point> silent_since_;
    std::optional<look> first_look_; ///< since it fell silent
    std::optional<time_point> excused_until_;
};

} // namespace daskd::core
