#include "common/durations.hpp"
#include "daemon/queue/dialect.hpp"
#include "daemon/queue/script.hpp"
#include "daemon/queue/text.hpp"
#include "daemon/queue/xml.hpp"

#include <algorithm>

namespace daskd::queue {
namespace {

/// Grid Engine ignores the first line of a script and takes a shell of its own, often csh. Of
/// "#!/usr/bin/env bash" it can be told the shell only, without the search for it.
std::string shell_of(std::string_view shebang) {
    if (shebang.starts_with("#!")) shebang.remove_prefix(2);
    auto const words = trim(shebang);
    auto const program = words.substr(0, words.find(' '));
    if (!program.ends_with("/env")) return std::string(program);
    auto const argument = trim(words.substr(program.size()));
    return "/bin/" + std::string(argument.substr(0, argument.find(' ')));
}

/// Its names must begin with a letter.
std::string name_of(std::string const& name) {
    auto const plain = plain_name(name);
    return plain.find_first_of("0123456789._-") == 0 ? "j" + plain : plain;
}

/// Cores and memory are not requested: how to do that differs from site to site (-pe …, -l h_vmem=…).
std::string make_script(job const& what) {
    std::vector<std::string> lines{"-N " + name_of(what.name), "-S " + shell_of(what.shebang)};
    if (what.queue) lines.push_back("-q " + *what.queue);
    if (what.project) lines.push_back("-P " + *what.project);
    if (what.resource_spec) lines.push_back("-l " + *what.resource_spec);
    if (what.walltime) lines.push_back("-l h_rt=" + *what.walltime);
    if (what.log_directory) {
        lines.push_back("-e " + *what.log_directory + "/");
        lines.push_back("-o " + *what.log_directory + "/");
    }
    lines.emplace_back("-cwd");
    lines.emplace_back("-j y");
    return shell_script(what, header(what, lines, "#$ "));
}

command submit(std::string const& script) {
    return {{"qsub", "-terse"}, script};
}

/// The last line is the id; a site's own checks may have printed something before.
result<std::string> read_submitted(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "qsub");
    auto const lines = lines_of(output.out);
    auto const id = lines.empty() ? "" : std::string(trim(lines.back()));
    if (!as_number(id)) return unreadable(output.out, "qsub");
    return id;
}

command list(std::string const& user) {
    return {{"qstat", "-xml", "-u", user}};
}

/// The state is a heap of letters: "hqw", "dRr", "Eqw". The first rule that fits counts.
job_state state_of(std::string_view letters) {
    auto const has = [&](std::string_view any) {
        return letters.find_first_of(any) != std::string_view::npos;
    };
    if (letters.empty() || letters.find_first_not_of("dERsSTNtrhqwzmx") != std::string_view::npos)
        return job_state::unknown;
    if (has("E")) return job_state::impossible; // its start has failed, and is not tried again
    if (has("dx")) return job_state::completing;
    if (has("sSTN")) return job_state::suspended;
    if (has("h") && !has("rt")) return job_state::held;
    if (has("t")) return job_state::starting;
    if (has("r")) return job_state::running;
    return has("qwR") ? job_state::pending : job_state::unknown;
}

result<std::vector<job_status>> read_list(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "qstat");
    if (output.out.find("</job_info>") == std::string::npos) return unreadable(output.out, "qstat");
    std::vector<job_status> jobs;
    for (auto const entry : elements(output.out, "job_list")) {
        job_status job;
        job.id = element_text(entry, "JB_job_number");
        if (!as_number(job.id)) return unreadable(entry, "qstat");
        job.name = element_text(entry, "JB_name");
        job.word = element_text(entry, "state");
        job.state = state_of(job.word);
        job.was_requeued = job.word.find('R') != std::string::npos;
        auto const queue = element_text(entry, "queue_name"); // all.q@HOST
        if (auto const at = queue.find('@'); at != std::string::npos) job.node = queue.substr(at + 1);
        jobs.push_back(std::move(job));
    }
    return jobs;
}

command ask_end(std::string const& id) {
    return {{"qacct", "-j", id}};
}

/// The value of a line "NAME   VALUE".
std::string_view field(std::vector<std::string_view> const& record, std::string_view name) {
    for (auto const line : record)
        if (line.starts_with(name) && line.substr(name.size()).starts_with(' '))
            return trim(line.substr(name.size()));
    return {};
}

/// One failure stands for three limits: it was the time if that is used up.
bool is_out_of_time(std::vector<std::string_view> const& record) {
    auto const limit = as_number(number_after(field(record, "category"), "h_rt="));
    auto const used = parse_duration(field(record, "ru_wallclock"));
    return !limit || !used || *used >= std::chrono::seconds(*limit);
}

/// A job that was started again has several records: the last one counts.
result<job_end> read_end(command_output const& output) {
    constexpr int limit_enforced = 37;
    constexpr int killed = 100;
    constexpr int rescheduled = 25;
    constexpr int first_signal = 128;
    if (output.exit_code != 0) return failure_of(output, "qacct");
    auto record = lines_of(output.out);
    for (auto it = record.begin(); it != record.end();)
        it = it->starts_with("=====") ? record.erase(record.begin(), it + 1) : it + 1;
    auto const failed = field(record, "failed");
    auto const status = field(record, "exit_status");
    auto const failure = as_number(failed.substr(0, failed.find(':')));
    auto const code = as_number(status.substr(0, status.find('(')));
    if (!failure || !code) return unreadable(output.out, "qacct");

    auto const colon = failed.find(':');
    std::string const text(colon == std::string_view::npos ? "" : trim(failed.substr(colon + 1)));
    auto const because = [&](end_cause cause) { return job_end{cause, std::nullopt, std::nullopt, text}; };
    switch (*failure) {
    case 0: return job_end{end_cause::exit, *code, std::nullopt, text};
    case limit_enforced: return because(is_out_of_time(record) ? end_cause::walltime : end_cause::memory);
    case killed:
        if (*code <= first_signal) return because(end_cause::unknown);
        return job_end{end_cause::signal, std::nullopt, *code - first_signal, text};
    case rescheduled: return because(end_cause::unknown); // it has not ended
    default: return because(end_cause::not_started);
    }
}

command ask_reason(std::string const& id) {
    return {{"qstat", "-j", id}};
}

/// Why its start failed, or else what the scheduler says.
result<std::string> read_reason(command_output const& output) {
    if (output.exit_code != 0) return failure_of(output, "qstat");
    for (auto const* mark : {"error reason", "scheduling info:"})
        for (auto const line : lines_of(output.out))
            if (line.starts_with(mark))
                return std::string(trim(line.substr(std::min(line.find(':') + 1, line.size()))));
    return std::string();
}

} // namespace

constinit dialect const sge{config::launcher_kind::sge,
                            make_script,
                            submit,
                            read_submitted,
                            "qdel",
                            list,
                            read_list,
                            ask_end,
                            read_end,
                            ask_reason,
                            read_reason};

} // namespace daskd::queue
