#include "daemon/queue/dialect.hpp"
#include "daemon/queue/script.hpp"
#include "daemon/queue/text.hpp"

#include <algorithm>
#include <array>

namespace daskd::queue {
namespace {

/// Slurm's units are binary, whatever their letters say, and whole.
std::string memory_of(std::uint64_t bytes) {
    constexpr std::uint64_t kib = 1024;
    if (bytes >= kib * kib * kib) return in_units(bytes, kib * kib * kib) + "G";
    if (bytes >= kib * kib) return in_units(bytes, kib * kib) + "M";
    return in_units(bytes, kib) + "K";
}

std::string make_script(job const& what) {
    auto const name = plain_name(what.name);
    std::vector<std::string> lines{"-J " + name};
    if (what.log_directory) {
        lines.push_back("-e " + *what.log_directory + "/" + name + "-%J.err");
        lines.push_back("-o " + *what.log_directory + "/" + name + "-%J.out");
    }
    if (what.queue) lines.push_back("-p " + *what.queue);
    if (what.project) lines.push_back("-A " + *what.project);
    lines.emplace_back("-n 1");
    lines.push_back("--cpus-per-task=" + std::to_string(what.cores));
    if (what.memory_bytes) lines.push_back("--mem=" + memory_of(*what.memory_bytes));
    if (what.walltime) lines.push_back("-t " + *what.walltime);
    return shell_script(what, header(what, lines, "#SBATCH "));
}

command submit(std::string const& script) {
    return {{"sbatch", "--parsable"}, script};
}

/// "123" or "123;CLUSTER".
result<std::string> read_submitted(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "sbatch");
    auto const id = number_after(trim(output.out), "");
    if (id.empty()) return unreadable(output.out, "sbatch");
    return id;
}

/// The name comes last: it may hold what separates the columns.
constexpr auto columns = "JobID:20|,State:24|,NodeList:64|,RestartCnt:8|,exit_code:12|,Reason:128|,Name:128";
constexpr std::size_t column_count = 7;

command list(std::string const& user) {
    return {{"squeue", "--noheader", "--states=all", "--user=" + user, std::string("--Format=") + columns}};
}

/// Reasons for which a job will not run, whoever else ends.
bool is_impossible(std::string_view reason) {
    static constexpr std::array<std::string_view, 8> reasons{
        "BadConstraints",  "DependencyNeverSatisfied", "InvalidAccount",     "InvalidQOS",
        "PartitionConfig", "PartitionNodeLimit",       "PartitionTimeLimit", "AccountNotAllowed"};
    return std::ranges::find(reasons, reason) != reasons.end() ||
           reason.find("PerJob") != std::string_view::npos; // QOSMaxCpuPerJobLimit …
}

bool is_hold(std::string_view reason) {
    return reason.starts_with("JobHeld") || reason.starts_with("JobHold") ||
           reason.find("_held") != std::string_view::npos; // job_requeued_in_held_state …
}

job_state waiting_state(std::string_view reason) {
    if (is_hold(reason)) return job_state::held;
    return is_impossible(reason) ? job_state::impossible : job_state::pending;
}

job_state state_of(std::string_view word, std::string_view reason) {
    static constexpr std::array<std::pair<std::string_view, job_state>, 22> states{{
        {"REQUEUED", job_state::pending},     {"REQUEUE_FED", job_state::pending},
        {"REQUEUE_HOLD", job_state::held},    {"SPECIAL_EXIT", job_state::held},
        {"RESV_DEL_HOLD", job_state::held},   {"CONFIGURING", job_state::starting},
        {"RUNNING", job_state::running},      {"RESIZING", job_state::running},
        {"SIGNALING", job_state::running},    {"SUSPENDED", job_state::suspended},
        {"STOPPED", job_state::suspended},    {"COMPLETING", job_state::completing},
        {"STAGE_OUT", job_state::completing}, {"COMPLETED", job_state::ended},
        {"FAILED", job_state::ended},         {"CANCELLED", job_state::ended},
        {"TIMEOUT", job_state::ended},        {"DEADLINE", job_state::ended},
        {"NODE_FAIL", job_state::ended},      {"BOOT_FAIL", job_state::ended},
        {"OUT_OF_MEMORY", job_state::ended},  {"PREEMPTED", job_state::ended},
    }};
    if (word == "PENDING") return waiting_state(reason);
    auto const known = std::ranges::find(states, word, &std::pair<std::string_view, job_state>::first);
    return known == states.end() ? job_state::unknown : known->second;
}

/// `wait_status` as of a process. Slurm keeps codes of its own there when it could not start the job.
job_end end_of(std::string_view word, int wait_status, std::string_view reason) {
    constexpr int highest_signal = 64;
    std::string const text(reason == "None" ? word : reason);
    auto const because = [&](end_cause cause) { return job_end{cause, std::nullopt, std::nullopt, text}; };
    if (word == "CANCELLED") return because(end_cause::cancelled);
    if (word == "TIMEOUT" || word == "DEADLINE") return because(end_cause::walltime);
    if (word == "NODE_FAIL") return because(end_cause::node_failure);
    if (word == "OUT_OF_MEMORY") return because(end_cause::memory);
    if (word == "PREEMPTED") return because(end_cause::preempted);
    bool const was_refused = reason == "BadConstraints" || (wait_status & 0xff) > highest_signal;
    if (word == "BOOT_FAIL" || was_refused) return because(end_cause::not_started);
    return end_of_status(wait_status, text);
}

std::optional<job_status> read_row(std::string_view row) {
    std::array<std::string_view, column_count> cells;
    for (std::size_t i = 0; i < column_count; ++i) {
        auto const bar = i + 1 == column_count ? row.size() : row.find('|');
        if (bar == std::string_view::npos) return std::nullopt;
        cells[i] = trim(row.substr(0, bar));
        row.remove_prefix(std::min(bar + 1, row.size()));
    }
    auto const& [id, word, nodes, restarts, status, reason, name] = cells;
    auto const wait_status = as_number(status);
    if (!as_number(id.substr(0, id.find('_'))) || !wait_status) return std::nullopt;

    job_status job;
    job.id = id;
    job.name = name;
    job.word = word;
    job.state = state_of(word, reason);
    bool const waits =
        job.state == job_state::pending || job.state == job_state::held || job.state == job_state::impossible;
    if (waits && reason != "None") job.reason = reason;
    job.node = nodes.substr(0, nodes.find(','));
    job.was_requeued = as_number(restarts).value_or(0) > 0;
    if (job.state == job_state::ended) job.end = end_of(word, *wait_status, reason);
    return job;
}

result<std::vector<job_status>> read_list(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "squeue");
    std::vector<job_status> jobs;
    for (auto const line : lines_of(output.out)) {
        auto job = read_row(line);
        if (!job) return unreadable(line, "squeue");
        jobs.push_back(*std::move(job));
    }
    return jobs;
}

/// From accounting, which many clusters have and none must have.
command ask_end(std::string const& id) {
    return {
        {"sacct", "--noheader", "--parsable2", "--allocations", "--jobs=" + id, "--format=State,ExitCode"}};
}

/// "FAILED|3:0": code and signal. "CANCELLED by 1000" names who did it.
result<job_end> read_end(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "sacct");
    auto const rows = lines_of(output.out);
    if (rows.empty()) return job_end{};
    auto const row = rows.back();
    auto const bar = row.find('|');
    auto const colon = row.find(':');
    if (bar == std::string_view::npos || colon == std::string_view::npos || colon < bar)
        return unreadable(row, "sacct");
    auto const code = as_number(row.substr(bar + 1, colon - bar - 1));
    auto const signal = as_number(row.substr(colon + 1));
    if (!code || !signal) return unreadable(row, "sacct");
    auto const word = row.substr(0, std::min(bar, row.find(' ')));
    if (state_of(word, "") != job_state::ended) return job_end{};
    return end_of(word, (*code << 8) | *signal, "None");
}

} // namespace

constinit dialect const slurm{config::launcher_kind::slurm,
                              make_script,
                              submit,
                              read_submitted,
                              "scancel",
                              list,
                              read_list,
                              ask_end,
                              read_end};

} // namespace daskd::queue
