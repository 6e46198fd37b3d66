#include "common/join.hpp"
#include "daemon/doctor/examine.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace daskd::doctor {
namespace {

/// Dask compares them where tasks and results go, which is not the scheduler.
constexpr std::array<std::string_view, 2> of_results{"numpy", "pandas"};
/// As Dask's own release notes have it: older ones write what newer ones do not read.
constexpr double oldest_msgpack = 1.0;

bool is_of_results(std::string_view package) {
    return std::ranges::find(of_results, package) != of_results.end();
}

/// "2022.12.1" of Debian's "2022.12.1+ds.1"
std::string release(std::string const& version) {
    return version.substr(0, version.find('+'));
}

/// "3.11" of "3.11.2.final.0"
std::string minor_release(std::string const& version) {
    auto const first = version.find('.');
    return first == std::string::npos ? version : version.substr(0, version.find('.', first + 1));
}

double as_number(std::string const& version) {
    double number = 0;
    auto const text = minor_release(version);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// What comes of two versions that differ; empty: not there.
verdict weigh(std::string const& package, std::string const& one, std::string const& other) {
    bool fails = false;
    if (package == "python") fails = minor_release(one) != minor_release(other);
    if (package == "dask" || package == "distributed") fails = release(one) != release(other);
    if (package == "msgpack")
        fails = (as_number(one) < oldest_msgpack) != (as_number(other) < oldest_msgpack);
    return fails ? verdict::wrong : verdict::warning;
}

struct comparison {
    verdict is = verdict::fine;
    std::vector<std::string> differences; ///< "numpy 1.26.0 (1.24.2)": its own, and the other's
    std::vector<std::string> wanted;      ///< "distributed==2022.12.1", of those that are wrong
    bool needs_other_python = false;
};

void compare(comparison& into, std::string const& package, std::string const& own, std::string const& other) {
    if (own == other) return;
    auto const is = weigh(package, own, other);
    into.is = std::max(into.is, is);
    into.differences.push_back(package + " " + shown_version(own) + " (" + shown_version(other) + ")");
    if (is != verdict::wrong) return;
    if (package == "python")
        into.needs_other_python = true;
    else
        into.wanted.push_back(package + "==" + release(other));
}

/// Packages that both may have, but for those that only results are made of; or these alone.
comparison compare_places(place const& one, place const& other, bool of_results_alone) {
    auto both = one.versions;
    both.insert(other.versions.begin(), other.versions.end());
    comparison found;
    for (auto const& [package, version] : both)
        if (is_of_results(package) == of_results_alone)
            compare(found, package, one.version_of(package), other.version_of(package));
    return found;
}

std::string remedy_for(place const& where, place const& scheduler, comparison const& found) {
    auto const here = where.host.empty() ? "" : "ssh " + where.host + " ";
    if (found.needs_other_python) {
        auto const python = "Python " + minor_release(scheduler.version_of("python"));
        if (where.pool.empty()) return "use " + python + " for your programs too: " + scheduler.python;
        return "name an interpreter of " + python + " there in daskd.pools." + where.pool +
               ".python, then: daskctl reload";
    }
    if (found.wanted.empty()) return "";
    return here + where.python + " -m pip install " + join(found.wanted, " ");
}

void report(findings& into, place const& where, std::string const& other, comparison const& found,
            std::string remedy) {
    if (found.is == verdict::fine) return;
    auto const consequence = found.is == verdict::wrong ? "computations may fail" : "Dask warns";
    into.push_back(
        {"versions", found.is,
         where.name + " differs from " + other + " in " + join(found.differences, ", ") + ": " + consequence,
         std::move(remedy)});
}

std::string summary(place const& scheduler) {
    std::string text;
    for (auto const* package : {"python", "dask", "distributed", "msgpack"})
        text += (text.empty() ? "" : ", ") + std::string(package) + " " +
                shown_version(scheduler.version_of(package));
    return text;
}

} // namespace

std::string shown_version(std::string const& version) {
    constexpr std::string_view final_release = ".final.0"; // of Python itself
    if (version.empty()) return "none";
    return version.ends_with(final_release) ? version.substr(0, version.size() - final_release.size())
                                            : version;
}

findings check_versions(facts const& seen) {
    auto const& scheduler = seen.scheduler;
    if (scheduler.versions.empty())
        return {{"versions", verdict::warning, "not compared: those of the scheduler are not known"}};
    findings found;
    std::vector<std::string> same;
    auto const look = [&](place const& where) {
        if (where.versions.empty()) return;
        auto const before = found.size();
        auto const differs = compare_places(where, scheduler, false);
        report(found, where, "the scheduler", differs, remedy_for(where, scheduler, differs));
        bool const has_results = seen.shell && &where != &*seen.shell && !seen.shell->versions.empty();
        if (has_results) report(found, where, seen.shell->name, compare_places(where, *seen.shell, true), "");
        if (found.size() == before) same.push_back(where.name);
    };
    for (auto const& where : seen.workers)
        look(where);
    if (seen.shell) look(*seen.shell);
    found.insert(found.begin(),
                 {"versions", verdict::fine,
                  summary(scheduler) + ": the scheduler" + (same.empty() ? "" : ", " + join(same, ", "))});
    return found;
}

} // namespace daskd::doctor
