#include "common/bytes.hpp"
#include "daemon/doctor/examine.hpp"

// Interpreters on this machine, and hosts with theirs.

namespace daskd::doctor {
namespace {

std::string describe(place const& where) {
    return where.python + ", Python " + shown_version(where.version_of("python")) + ", distributed " +
           shown_version(where.version_of("distributed"));
}

/// The names of all that use the same interpreter in the same way stand together.
void add_python(findings& found, place const& where) {
    if (!where.wrong.problem.empty()) {
        found.push_back(
            {"python", verdict::wrong, where.name + ": " + where.wrong.problem, where.wrong.remedy});
        return;
    }
    if (where.versions.empty()) {
        found.push_back({"python", verdict::fine, where.name + ": in a container, looked at once it runs"});
        return;
    }
    auto const text = ": " + describe(where);
    for (auto& f : found)
        if (f.is == verdict::fine && f.saw.ends_with(text)) {
            f.saw.insert(f.saw.size() - text.size(), ", " + where.name);
            return;
        }
    found.push_back({"python", verdict::fine, where.name + text});
}

} // namespace

findings check_pythons(facts const& seen) {
    findings found;
    add_python(found, seen.scheduler);
    for (auto const& pool : seen.workers)
        if (pool.host.empty()) add_python(found, pool);
    if (seen.shell) add_python(found, *seen.shell);
    for (auto const& where : seen.workers)
        if (!where.no_fork.empty())
            found.push_back(
                {"python", verdict::warning,
                 where.name + ": workers start slowly, since they cannot be forked: " + where.no_fork,
                 "set the variables that it names under 'env:', or 'spawn: exec'; then: daskctl reload"});
    return found;
}

findings check_hosts(std::vector<place> const& workers) {
    findings found;
    for (auto const& host : workers) {
        if (host.host.empty()) continue;
        if (!host.wrong.problem.empty()) {
            found.push_back(
                {"hosts", verdict::wrong, host.name + ": " + host.wrong.problem, host.wrong.remedy});
            continue;
        }
        auto seen = host.name + ": ";
        if (host.cores > 0) seen += std::to_string(host.cores) + " cores, ";
        if (host.memory_bytes > 0) seen += format_bytes(host.memory_bytes) + ", ";
        found.push_back({"hosts", verdict::fine, seen + describe(host)});
    }
    return found;
}

} // namespace daskd::doctor
