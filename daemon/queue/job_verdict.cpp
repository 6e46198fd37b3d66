#include "daemon/queue/book.hpp"

#include <cstring>

namespace daskd::queue {
namespace {

std::string signal_name(int number) {
    auto const* name = ::sigabbrev_np(number);
    return "SIG" + (name == nullptr ? std::to_string(number) : std::string(name));
}

/// ": the queue's own words", where they say more.
std::string words(job_end const& how) {
    return how.text.empty() ? "" : " (" + how.text + ")";
}

} // namespace

core::happened::job_ended describe_end(std::string const& agent, std::string const& id, job_end const& how) {
    using core::ending;
    auto const job = id.empty() ? std::string("the job") : "job " + id;
    core::happened::job_ended ended{agent, ending::none, {}};
    auto const is = [&](ending why, char const* cause, std::string text) {
        ended.why = why;
        ended.cause.cause = cause;
        ended.cause.text = std::move(text);
        ended.cause.code = how.code;
        if (how.signal) ended.cause.signal = signal_name(*how.signal);
        return ended;
    };
    switch (how.cause) {
    case end_cause::exit:
        return is(ending::none, "exit",
                  job + " ended with code " + std::to_string(how.code.value_or(0)) +
                      (how.code.value_or(0) == 0 ? "" : "; its output says why"));
    case end_cause::signal:
        return is(ending::none, "signal",
                  job + " was killed" + (how.signal ? " by " + signal_name(*how.signal) : "") + words(how));
    case end_cause::walltime: return is(ending::job_over, "walltime", job + " has reached its walltime");
    case end_cause::memory:
        return is(ending::none, "memory", job + " used more memory than it had asked for" + words(how));
    case end_cause::cancelled: return is(ending::job_cancelled, "cancelled", job + " was cancelled");
    case end_cause::preempted: return is(ending::job_over, "preempted", job + " was preempted");
    case end_cause::node_failure: return is(ending::job_over, "lost", "the node of " + job + " failed");
    case end_cause::not_started:
        return is(ending::none, "start_failed", job + " could not be started" + words(how));
    case end_cause::unknown: break;
    }
    return is(ending::none, "lost", job + " is gone, and the queue does not say how it ended");
}

} // namespace daskd::queue
