#include "daemon/queue/dialect.hpp"
#include "daemon/queue/script.hpp"
#include "daemon/queue/text.hpp"

#include <algorithm>
#include <array>

namespace daskd::queue {
namespace {

/// LSF takes hours and minutes: "00:30:00" becomes "00:30", seconds count as a minute.
std::string walltime_of(std::string const& text) {
    auto const last = text.rfind(':');
    if (std::ranges::count(text, ':') != 2) return text;
    auto const hours_and_minutes = text.substr(0, last);
    if (as_number(text.substr(last + 1)).value_or(1) == 0) return hours_and_minutes;
    auto const first = hours_and_minutes.find(':');
    auto const minutes = as_number(hours_and_minutes.substr(first + 1));
    if (!minutes) return text;
    return hours_and_minutes.substr(0, first) + ":" + std::to_string(*minutes + 1);
}

std::string make_script(job const& what) {
    constexpr std::uint64_t mb = 1'000'000;
    auto const name = plain_name(what.name);
    std::vector<std::string> lines{"-J " + name};
    if (what.log_directory) {
        lines.push_back("-e " + *what.log_directory + "/" + name + "-%J.err");
        lines.push_back("-o " + *what.log_directory + "/" + name + "-%J.out");
    }
    if (what.queue) lines.push_back("-q " + *what.queue);
    if (what.project) lines.push_back("-P \"" + *what.project + "\"");
    lines.push_back("-n " + std::to_string(what.cores));
    if (what.cores > 1) lines.emplace_back("-R \"span[hosts=1]\"");
    // With its unit: what a number alone means is different on each site (LSF_UNIT_FOR_LIMITS).
    if (what.memory_bytes) lines.push_back("-M " + in_units(*what.memory_bytes, mb) + "MB");
    if (what.walltime) lines.push_back("-W " + walltime_of(*what.walltime));
    return shell_script(what, header(what, lines, "#BSUB "));
}

command submit(std::string const& script) {
    return {{"bsub"}, script};
}

/// "Job <123> is submitted to queue <normal>."
result<std::string> read_submitted(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "bsub");
    auto const id = number_after(output.out, "Job <");
    if (id.empty()) return unreadable(output.out, "bsub");
    return id;
}

constexpr auto fields = "jobid stat exec_host exit_code exit_reason pend_reason job_name";

command list(std::string const& user) {
    return {{"bjobs", "-a", "-u", user, "-json", "-o", fields}};
}

job_state state_of(std::string_view word) {
    static constexpr std::array<std::pair<std::string_view, job_state>, 11> states{{
        {"PEND", job_state::pending},
        {"WAIT", job_state::pending},
        {"PSUSP", job_state::held},
        {"PROV", job_state::starting},
        {"RUN", job_state::running},
        {"USUSP", job_state::suspended},
        {"SSUSP", job_state::suspended},
        {"ZOMBI", job_state::completing},
        {"DONE", job_state::ended},
        {"EXIT", job_state::ended},
        {"UNKWN", job_state::unknown},
    }};
    auto const known = std::ranges::find(states, word, &std::pair<std::string_view, job_state>::first);
    return known == states.end() ? job_state::unknown : known->second;
}

/// "TERM_RUNLIMIT: job killed after reaching LSF run time limit."
std::optional<end_cause> cause_of(std::string_view reason) {
    static constexpr std::array<std::pair<std::string_view, end_cause>, 10> causes{{
        {"TERM_RUNLIMIT", end_cause::walltime},
        {"TERM_DEADLINE", end_cause::walltime},
        {"TERM_MEMLIMIT", end_cause::memory},
        {"TERM_SWAP", end_cause::memory},
        {"TERM_OWNER", end_cause::cancelled},
        {"TERM_FORCE_OWNER", end_cause::cancelled},
        {"TERM_ADMIN", end_cause::cancelled},
        {"TERM_FORCE_ADMIN", end_cause::cancelled},
        {"TERM_PREEMPT", end_cause::preempted},
        {"TERM_CWD_NOTEXIST", end_cause::not_started},
    }};
    auto const word = reason.substr(0, reason.find(':'));
    auto const known = std::ranges::find(causes, word, &std::pair<std::string_view, end_cause>::first);
    return known == causes.end() ? std::nullopt : std::optional(known->second);
}

/// A code above 128 is a signal's, as shells have it.
job_end end_of(json const& record) {
    constexpr int first_signal = 128;
    auto const reason = text_at(record, "EXIT_REASON");
    if (text_at(record, "STAT") == "DONE") return {end_cause::exit, 0, std::nullopt, reason};
    auto const code = as_number(text_at(record, "EXIT_CODE"));
    if (auto const cause = cause_of(reason)) return {*cause, std::nullopt, std::nullopt, reason};
    if (!code) return {end_cause::unknown, std::nullopt, std::nullopt, reason};
    if (*code > first_signal) return {end_cause::signal, std::nullopt, *code - first_signal, reason};
    return {end_cause::exit, code, std::nullopt, reason};
}

/// "4*HOST1:2*HOST2", or "HOST1:HOST1".
std::string first_host(std::string const& hosts) {
    auto const first = hosts.substr(0, hosts.find(':'));
    auto const star = first.find('*');
    return star == std::string::npos ? first : first.substr(star + 1);
}

result<std::vector<json>> records_of(command_output const& output) {
    bool const has_none = output.out.empty() && output.err.find("job found") != std::string::npos;
    if (has_none) return std::vector<json>{}; // "No job found"
    return read_objects(output, "bjobs", "RECORDS");
}

result<std::vector<job_status>> read_list(command_output const& output) {
    auto const records = records_of(output);
    if (!records) return records.error();
    std::vector<job_status> jobs;
    for (auto const& record : *records) {
        job_status job;
        job.id = text_at(record, "JOBID");
        if (job.id.empty()) return unreadable(record.dump(), "bjobs");
        job.name = text_at(record, "JOB_NAME");
        job.word = text_at(record, "STAT");
        job.state = state_of(job.word);
        bool const waits = job.state == job_state::pending || job.state == job_state::held;
        if (waits) job.reason = text_at(record, "PEND_REASON");
        job.node = first_host(text_at(record, "EXEC_HOST"));
        if (job.state == job_state::ended) job.end = end_of(record);
        jobs.push_back(std::move(job));
    }
    return jobs;
}

command ask_end(std::string const& id) {
    return {{"bjobs", "-json", "-o", fields, id}};
}

result<job_end> read_end(command_output const& output) {
    auto const records = records_of(output);
    if (!records) return records.error();
    return records->empty() ? job_end{} : end_of(records->front());
}

} // namespace

constinit dialect const lsf{config::launcher_kind::lsf,
                            make_script,
                            submit,
                            read_submitted,
                            "bkill",
                            list,
                            read_list,
                            ask_end,
                            read_end};

} // namespace daskd::queue
