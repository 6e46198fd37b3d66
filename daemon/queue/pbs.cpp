#include "common/durations.hpp"
#include "daemon/queue/dialect.hpp"
#include "daemon/queue/script.hpp"
#include "daemon/queue/text.hpp"

#include <map>

namespace daskd::queue {
namespace {

/// PBS's units are binary, whatever their letters say, and whole. Small sizes keep their precision.
std::string memory_of(std::uint64_t bytes) {
    constexpr std::uint64_t kib = 1024;
    constexpr std::uint64_t enough = 10;
    if (bytes >= enough * kib * kib * kib) return in_units(bytes, kib * kib * kib) + "GB";
    if (bytes >= enough * kib * kib) return in_units(bytes, kib * kib) + "MB";
    if (bytes >= enough * kib) return in_units(bytes, kib) + "kB";
    return std::to_string(bytes) + "B";
}

std::string resources_of(job const& what) {
    if (what.resource_spec) return *what.resource_spec;
    auto const memory = what.memory_bytes ? ":mem=" + memory_of(*what.memory_bytes) : "";
    return "select=1:ncpus=" + std::to_string(what.cores) + memory;
}

std::string make_script(job const& what) {
    std::vector<std::string> lines{"-N " + plain_name(what.name)};
    if (what.queue) lines.push_back("-q " + *what.queue);
    if (what.project) lines.push_back("-A " + *what.project);
    lines.push_back("-l " + resources_of(what));
    if (what.walltime) lines.push_back("-l walltime=" + *what.walltime);
    if (what.log_directory) {
        lines.push_back("-e " + *what.log_directory + "/");
        lines.push_back("-o " + *what.log_directory + "/");
    }
    return shell_script(what, header(what, lines, "#PBS "));
}

command submit(std::string const& script) {
    return {{"qsub"}, script};
}

/// "123.SERVER", all of it: other commands want the server too.
result<std::string> read_submitted(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "qsub");
    auto const lines = lines_of(output.out);
    auto const id = lines.empty() ? "" : std::string(trim(lines.back()));
    if (number_after(id, "").empty() || id.find(' ') != std::string::npos)
        return unreadable(output.out, "qsub");
    return id;
}

/// qstat shows everything about jobs only if they are named, and only qselect knows whose they are.
command list(std::string const& user) {
    return {
        {"sh", "-c", R"(ids=$(qselect -x -u "$1") && { [ -z "$ids" ] || qstat -x -f $ids; })", "sh", user}};
}

using attributes = std::map<std::string, std::string, std::less<>>;

/// What follows "Job Id: " in the output, one job each.
struct full_job {
    std::string id;
    attributes values;
};

std::string value_of(attributes const& job, std::string_view name) {
    auto const it = job.find(name);
    return it == job.end() ? "" : it->second;
}

/// "    name = value"; what does not fit into a line goes on in the next, further to the right.
result<std::vector<full_job>> read_full(std::string_view text) {
    constexpr std::string_view start = "Job Id: ";
    constexpr std::string_view equals = " = ";
    std::vector<full_job> jobs;
    std::string* last = nullptr;
    for (auto const line : lines_of(text)) {
        if (line.starts_with(start)) {
            jobs.push_back({std::string(trim(line.substr(start.size()))), {}});
            last = nullptr;
            continue;
        }
        std::size_t const indentation = line.starts_with('\t') ? 1 : line.starts_with("        ") ? 8 : 0;
        auto const middle = line.find(equals);
        if (indentation != 0 && last != nullptr)
            *last += line.substr(indentation);
        else if (!jobs.empty() && line.starts_with("    ") && middle != std::string_view::npos)
            last = &(jobs.back().values[std::string(trim(line.substr(0, middle)))] =
                         line.substr(middle + equals.size()));
        else
            return unreadable(line, "qstat");
    }
    return jobs;
}

job_state state_of(attributes const& job) {
    constexpr auto being_started = "41"; // its substate
    auto const letter = value_of(job, "job_state");
    if (letter == "Q" || letter == "W" || letter == "T")
        return value_of(job, "comment").starts_with("Can Never Run") ? job_state::impossible
                                                                     : job_state::pending;
    if (letter == "R")
        return value_of(job, "substate") == being_started ? job_state::starting : job_state::running;
    if (letter == "H") return job_state::held;
    if (letter == "S" || letter == "U") return job_state::suspended;
    if (letter == "E") return job_state::completing;
    return letter == "F" || letter == "C" ? job_state::ended : job_state::unknown;
}

/// A job that was out of time is killed by a signal like others; what it has used tells them apart.
bool is_out_of_time(attributes const& job) {
    auto const limit = parse_duration(value_of(job, "Resource_List.walltime"));
    auto const used = parse_duration(value_of(job, "resources_used.walltime"));
    return limit && used && *used >= *limit;
}

/// Codes below zero are PBS's own; from 256 on the job was killed.
job_end end_of(attributes const& job) {
    constexpr auto deleted = "91"; // its substate
    constexpr int first_signal = 256;
    auto const text = value_of(job, "comment");
    auto const because = [&](end_cause cause) { return job_end{cause, std::nullopt, std::nullopt, text}; };
    auto const status = as_number(value_of(job, "Exit_status"));
    if (value_of(job, "substate") == deleted) return because(end_cause::cancelled);
    if (!status) return because(end_cause::unknown);
    switch (*status) {
    case -29: return because(end_cause::walltime);
    case -26:
    case -27: return because(end_cause::memory);
    case -24:
    case -25:
    case -28: return because(end_cause::signal); // too much CPU
    default: break;
    }
    if (*status < 0) return because(end_cause::not_started);
    if (*status < first_signal) return {end_cause::exit, status, std::nullopt, text};
    if (is_out_of_time(job)) return because(end_cause::walltime);
    return {end_cause::signal, std::nullopt, *status - first_signal, text};
}

job_status status_of(full_job const& full) {
    auto const& values = full.values;
    job_status job;
    job.id = full.id;
    job.name = value_of(values, "Job_Name");
    job.word = value_of(values, "job_state");
    job.state = state_of(values);
    bool const waits =
        job.state == job_state::pending || job.state == job_state::impossible || job.state == job_state::held;
    if (waits) job.reason = value_of(values, "comment");
    auto const host = value_of(values, "exec_host"); // HOST/0*4+HOST/1
    job.node = host.substr(0, host.find('/'));
    job.was_requeued = waits && as_number(value_of(values, "run_count")).value_or(0) > 0;
    if (job.state == job_state::ended) job.end = end_of(values);
    return job;
}

result<std::vector<job_status>> read_list(command_output const& output) {
    if (output.exit_code != 0 && trim(output.out).empty()) return failure_of(output, "qstat");
    auto const all = read_full(output.out); // one that has gone since makes qstat fail, but shows the others
    if (!all) return all.error();
    std::vector<job_status> jobs;
    for (auto const& one : *all)
        jobs.push_back(status_of(one));
    return jobs;
}

command ask_end(std::string const& id) {
    return {{"qstat", "-x", "-f", id}};
}

result<job_end> read_end(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "qstat");
    auto const all = read_full(output.out);
    if (!all) return all.error();
    return all->empty() ? job_end{} : end_of(all->front().values);
}

} // namespace

constinit dialect const pbs{config::launcher_kind::pbs,
                            make_script,
                            submit,
                            read_submitted,
                            "qdel",
                            list,
                            read_list,
                            ask_end,
                            read_end};

} // namespace daskd::queue
