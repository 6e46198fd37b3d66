#include "common/join.hpp"
#include "daemon/queue/dialect.hpp"
#include "daemon/queue/script.hpp"
#include "daemon/queue/text.hpp"

namespace daskd::queue {
namespace {

/// One word of HTCondor's arguments, which stand in double quotes as a whole. Its own variables look like a
/// shell's, so a dollar that is the shell's has a name.
std::string quoted(std::string const& word) {
    std::string text = "'";
    for (char const c : word) {
        text += c == '$' ? "$(DOLLAR)" : std::string(1, c);
        if (c == '\'' || c == '"') text += c;
    }
    return text + "'";
}

/// A submit description is no shell script: what runs in the job is one argument of a shell. The nodes' own
/// shell runs it, so the shebang is of no use here.
std::string make_script(job const& what) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20;
    auto const name = plain_name(what.name);
    std::vector<std::string> lines{"JobBatchName = " + name, "RequestCpus = " + std::to_string(what.cores)};
    if (what.memory_bytes) lines.push_back("RequestMemory = " + in_units(*what.memory_bytes, mib));
    if (what.project) lines.push_back("accounting_group = " + *what.project);
    if (what.log_directory) {
        auto const& directory = *what.log_directory;
        lines.push_back("Output = " + directory + "/" + name + "-$(ClusterId).$(ProcId).out");
        lines.push_back("Error = " + directory + "/" + name + "-$(ClusterId).$(ProcId).err");
        lines.push_back("Log = " + directory + "/" + name + "-$(ClusterId).log");
        // Else they would be brought back at the end only, and never of a job that is removed.
        lines.emplace_back("Stream_Output = True");
        lines.emplace_back("Stream_Error = True");
    }
    std::string text = join(header(what, lines, ""), "\n") + "\n\nExecutable = /bin/sh\n";
    return text + "Arguments = \"-c " + quoted(join(body(what, false), "; ")) + "\"\n\nQueue\n";
}

command submit(std::string const& script) {
    return {{"condor_submit", "-"}, script};
}

/// "1 job(s) submitted to cluster 123."
result<std::string> read_submitted(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "condor_submit");
    auto const cluster = number_after(output.out, "submitted to cluster ");
    if (cluster.empty()) return unreadable(output.out, "condor_submit");
    return cluster + ".0";
}

constexpr auto attributes = "ClusterId,ProcId,JobBatchName,JobStatus,NumJobStarts,RemoteHost,HoldReason,"
                            "HoldReasonCode,RemoveReason,ExitCode,ExitBySignal,ExitSignal";

command list(std::string const& user) {
    return {{"condor_q", user, "-json", "-attributes", attributes}};
}

enum status_code { idle = 1, running, removed, completed, held, transferring_output, suspended };

job_state state_of(int status) {
    switch (status) {
    case idle: return job_state::pending;
    case running: return job_state::running;
    case removed: return job_state::completing; // one that is gone is in the history only
    case completed: return job_state::ended;
    case held: return job_state::held;
    case transferring_output: return job_state::completing;
    case suspended: return job_state::suspended;
    default: return job_state::unknown;
    }
}

/// Numbers of HoldReasonCode that say why a job was stopped.
std::optional<end_cause> cause_of_hold(json const& ad) {
    switch (as_number(text_at(ad, "HoldReasonCode")).value_or(0)) {
    case 34: return end_cause::memory;
    case 46: // allowed_job_duration
    case 47: // allowed_execute_duration
        return end_cause::walltime;
    default: return std::nullopt;
    }
}

job_end end_of(json const& ad) {
    if (auto const cause = cause_of_hold(ad))
        return {*cause, std::nullopt, std::nullopt, text_at(ad, "HoldReason")};
    if (text_at(ad, "JobStatus") == std::to_string(removed))
        return {end_cause::cancelled, std::nullopt, std::nullopt, text_at(ad, "RemoveReason")};
    if (text_at(ad, "ExitBySignal") == "true")
        return {end_cause::signal, std::nullopt, as_number(text_at(ad, "ExitSignal")), ""};
    auto const code = as_number(text_at(ad, "ExitCode"));
    if (!code) return {};
    return {end_cause::exit, code, std::nullopt, ""};
}

result<std::vector<job_status>> read_list(command_output const& output) {
    auto const ads = read_objects(output, "condor_q");
    if (!ads) return ads.error();
    std::vector<job_status> jobs;
    for (auto const& ad : *ads) {
        job_status job;
        auto const cluster = text_at(ad, "ClusterId");
        if (cluster.empty()) return unreadable(ad.dump(), "condor_q");
        job.id = cluster + "." + text_at(ad, "ProcId");
        job.name = text_at(ad, "JobBatchName");
        job.word = text_at(ad, "JobStatus");
        job.state = state_of(as_number(job.word).value_or(0));
        if (job.state == job_state::held) job.reason = text_at(ad, "HoldReason");
        auto const host = text_at(ad, "RemoteHost"); // slot1@HOST
        job.node = host.substr(host.find('@') + 1);
        bool const was_started = as_number(text_at(ad, "NumJobStarts")).value_or(0) > 0;
        job.was_requeued = was_started && job.state == job_state::pending;
        if (job.state == job_state::ended) job.end = end_of(ad);
        jobs.push_back(std::move(job));
    }
    return jobs;
}

command ask_end(std::string const& id) {
    return {{"condor_history", id, "-limit", "1", "-json", "-attributes", attributes}};
}

result<job_end> read_end(command_output const& output) {
    auto const ads = read_objects(output, "condor_history");
    if (!ads) return ads.error();
    return ads->empty() ? job_end{} : end_of(ads->front());
}

} // namespace

constinit dialect const htcondor{config::launcher_kind::htcondor,
                                 make_script,
                                 submit,
                                 read_submitted,
                                 "condor_rm",
                                 list,
                                 read_list,
                                 ask_end,
                                 read_end};

} // namespace daskd::queue
