#include "common/join.hpp"
#include "common/shell_quote.hpp"
#include "daemon/doctor/examine.hpp"

// daskd itself, the cluster, and what it is told to be.

namespace daskd::doctor {

findings check_daemon(daemon_facts const& daemon) {
    if (!daemon.silence.problem.empty())
        return {{"daskd", verdict::wrong, daemon.silence.problem, daemon.silence.remedy}};
    if (!daemon.is_there) return {{"daskd", verdict::fine, "not running; `daskctl up` starts it"}};
    auto const seen = "version " + daemon.version + ", pid " + std::to_string(daemon.pid);
    if (daemon.version == daemon.own_version) return {{"daskd", verdict::fine, seen}};
    return {{"daskd", verdict::wrong, seen + "; installed is version " + daemon.own_version,
             "daskctl daemon restart"}};
}

findings check_cluster(cluster_facts const& status) {
    findings found;
    auto const count =
        std::to_string(status.running) + " of " + std::to_string(status.desired) + " workers running";
    for (auto const& process : status.ailing)
        found.push_back(
            {"cluster", verdict::wrong,
             process.name + " is " + process.state + (process.text.empty() ? "" : ": " + process.text),
             // What such a host writes cannot be read from here.
             process.state == "unreachable" ? "daskctl events"
                                            : "daskctl logs " + shell_quote(process.name)});
    for (auto const& warning : status.warnings)
        found.push_back({"cluster", verdict::warning, warning});
    if (found.empty())
        found.push_back(
            {"cluster", verdict::fine, status.state == "down" ? "down" : status.state + ", " + count});
    return found;
}

findings check_configuration(std::vector<std::string> const& files,
                             std::vector<std::string> const& problems) {
    findings found;
    for (auto const& problem : problems)
        found.push_back({"configuration", verdict::wrong, problem, "correct it, then: daskctl config check"});
    if (found.empty())
        found.push_back(
            {"configuration", verdict::fine, files.empty() ? "no file: defaults" : join(files, ", ")});
    return found;
}

findings check_programs(std::vector<program_facts> const& programs) {
    findings found;
    for (auto const& program : programs) {
        if (program.path.empty())
            found.push_back({"programs", verdict::wrong,
                             "pool '" + program.pool + "' needs " + program.name + ", which is not on PATH",
                             "install it, or add its directory to PATH, then: daskctl up"});
        else
            found.push_back({"programs", verdict::fine, program.pool + ": " + program.path});
    }
    return found;
}

} // namespace daskd::doctor
