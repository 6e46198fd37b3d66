#include "daemon/core/exit_verdict.hpp"

#include "common/bytes.hpp"
#include "common/durations.hpp"

namespace daskd::core {
namespace {

std::string how_it_ended(exit_status const& status) {
    if (status.signal) return "killed by " + *status.signal;
    if (status.code) return "exited with code " + std::to_string(*status.code);
    return "ended, and nobody saw how";
}

/// The last lines of the log explain an exit that nobody asked for; a signal needs no such help.
std::string last_words(exit_status const& status) {
    std::string text;
    for (auto const& line : status.log_tail)
        text += "\n" + line;
    return text.empty() ? text : "; its last lines:" + text;
}

exit_view named(exit_status const& status, std::string cause, std::string text) {
    return {status.at, std::move(cause), status.code, status.signal, std::move(text)};
}

} // namespace

bool is_failure(ending why) {
    return why == ending::none || why == ending::start_timeout || why == ending::hung ||
           why == ending::cut_off;
}

ending told_ending(exit_status const& status) {
    if (!status.told) return ending::none;
    auto const& [asked, reason] = *status.told;
    if (asked == "kill" || asked == "restart") return ending::client_restart;
    if (asked == "terminate") return ending::retired;
    if (reason == "worker-lifetime-reached") return ending::lifetime;
    if (reason == "worker-handle-scheduler-connection-broken" || reason == "scheduler-close")
        return ending::cut_off;
    if (reason.starts_with("scheduler-")) return ending::retired; // remove-worker, close-worker, retire…
    return ending::none;
}

std::string tasks_text(std::vector<std::string> const& tasks) {
    std::string text;
    for (auto const& task : tasks)
        text += (text.empty() ? "; it was working on " : ", ") + task;
    return text;
}

exit_view verdict(exit_status const& status, ending why, milliseconds start_timeout,
                  circumstances const& known) {
    auto const how = how_it_ended(status);
    if (status.memory && is_failure(why))
        return named(status, "memory",
                     "used " + format_bytes(status.memory->used_bytes) + " of " +
                         format_bytes(status.memory->limit_bytes) + " (" + how + ")" +
                         tasks_text(known.tasks));
    switch (why) {
    case ending::requested: return named(status, "requested", "stopped on request (" + how + ")");
    case ending::shutdown: return named(status, "requested", "stopped by Client.shutdown() (" + how + ")");
    case ending::idle:
        return named(status, "requested", "stopped because the cluster was idle (" + how + ")");
    case ending::retired: return named(status, "retired", "retired by a client (" + how + ")");
    case ending::client_restart:
        return named(status, "client_restart", "restarted by a client (" + how + ")");
    case ending::scheduler_lost: return named(status, "scheduler_lost", "its scheduler ended (" + how + ")");
    case ending::cut_off:
        return named(status, "scheduler_lost", "lost its connection to the scheduler (" + how + ")");
    case ending::host_away:
        return named(status, "scheduler_lost",
                     "its host was unreachable for longer than link_tolerance (" + how + ")");
    case ending::lifetime: return named(status, "lifetime", "its lifetime was over (" + how + ")");
    case ending::start_timeout:
        return named(status, "start_timeout",
                     "did not register with the scheduler within " + format_duration(start_timeout) +
                         last_words(status));
    case ending::hung: return named(status, "hung", known.hang + tasks_text(known.tasks));
    case ending::job_over: return named(status, "walltime", "its job ended (" + how + ")");
    case ending::job_cancelled: return named(status, "cancelled", "its job was cancelled (" + how + ")");
    case ending::agent_lost:
    case ending::none: break;
    }
    if (status.signal) return named(status, "signal", how);
    if (status.code) return named(status, "exit", how + last_words(status));
    return named(status, "lost", how);
}

exit_view start_failure(std::string at, std::string text) {
    return {std::move(at), "start_failed", std::nullopt, std::nullopt, std::move(text)};
}

} // namespace daskd::core
