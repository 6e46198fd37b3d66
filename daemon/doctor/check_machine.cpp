#include "common/bytes.hpp"
#include "daemon/doctor/examine.hpp"

#include <algorithm>

// What this machine lets a cluster have: directories, ports, limits.

namespace daskd::doctor {
namespace {

/// Sockets, events and logs need some; with less, much goes wrong at once.
constexpr std::uint64_t least_free_bytes = std::uint64_t{100} << 20;
/// Each process is connected to each other one, some twice; and it has files of its own.
constexpr std::uint64_t descriptors_for_itself = 100;
constexpr std::uint64_t descriptors_for_a_worker = 10;
/// Of a worker beside those that compute: its event loop, offload, profile, disk.
constexpr std::uint64_t threads_for_itself = 12;

std::string where_else(directory_facts const& directory) {
    return "name another directory in " + directory.moved_by;
}

finding judge(directory_facts const& d) {
    auto const seen = d.purpose + ": " + d.path;
    if (d.exists && !d.is_usable) {
        auto const why = d.must_be_private ? " is not yours alone (" : " cannot be written (";
        return {"directories", verdict::wrong, seen + why + d.owner_and_mode + ")",
                d.must_be_private ? "chmod 700 " + d.path + "; if it is not yours, " + where_else(d)
                                  : where_else(d)};
    }
    if (d.free_bytes < least_free_bytes)
        return {"directories", verdict::wrong, seen + " has only " + format_bytes(d.free_bytes) + " free",
                "make room there (du -sh " + d.path + "), or " + where_else(d)};
    return {"directories", verdict::fine,
            seen + (d.exists ? "" : " (will be made)") + ", " + format_bytes(d.free_bytes) + " free"};
}

std::string describe(listener const& who) {
    if (who.pid == 0) return who.user.empty() ? "another program" : "a program of " + who.user;
    return who.program + " (pid " + std::to_string(who.pid) + ")";
}

finding judge(port_facts const& port) {
    if (port.is_ours) return {"ports", verdict::fine, "the scheduler listens at " + port.key};
    auto const seen = port.key + ": " + std::to_string(port.number);
    if (!port.taken_by) return {"ports", verdict::fine, seen + " is free"};
    auto const taken = seen + " is taken by " + describe(*port.taken_by);
    if (!port.is_demanded) return {"ports", verdict::fine, taken + "; another one serves"};
    return {
        "ports", verdict::wrong, taken,
        (port.taken_by->pid == 0 ? std::string() : "kill " + std::to_string(port.taken_by->pid) + ", or ") +
            "set " + port.key + " to another one, or to auto"};
}

void check_descriptors(limit_facts const& limits, findings& found) {
    auto const needed =
        descriptors_for_itself + descriptors_for_a_worker * static_cast<std::uint64_t>(limits.workers);
    auto const seen = std::to_string(limits.descriptors) + " descriptors a process";
    if (limits.descriptors >= needed) {
        found.push_back({"limits", verdict::fine, seen});
        return;
    }
    auto const number = std::to_string(needed);
    auto const restart = ", then: daskctl down; daskctl daemon restart; daskctl up";
    found.push_back({"limits", verdict::wrong,
                     seen + ", but " + std::to_string(limits.workers) + " workers want " + number,
                     limits.descriptors_most >= needed
                         ? "ulimit -n " + number + restart
                         : "as root, in /etc/security/limits.d/dask.conf: '* hard nofile " + number +
                               "'; log in again" + restart});
}

void check_room(room const& r, limit_facts const& limits, findings& found) {
    auto const wanted = limits.are_running
                            ? 0
                            : static_cast<std::uint64_t>(limits.worker_threads) +
                                  threads_for_itself * static_cast<std::uint64_t>(limits.workers);
    auto const seen = r.what + ": " + std::to_string(r.used) + " of " + std::to_string(r.limit);
    bool const is_enough = r.used + wanted <= r.limit;
    found.push_back({"limits", is_enough ? verdict::fine : verdict::wrong,
                     seen + (is_enough ? "" : ", and the workers want " + std::to_string(wanted) + " more"),
                     is_enough ? "" : r.raised_by});
}

void check_memory(limit_facts const& limits, findings& found) {
    if (limits.worker_memory_bytes == 0 || limits.memory_bytes == 0) return;
    auto const seen = "workers may use " + format_bytes(limits.worker_memory_bytes) + " together, of " +
                      format_bytes(limits.memory_bytes);
    if (limits.worker_memory_bytes <= limits.memory_bytes)
        found.push_back({"limits", verdict::fine, seen});
    else
        found.push_back({"limits", verdict::warning, seen + ": the kernel may end them first",
                         "fewer workers, or less 'memory:', then: daskctl reload"});
}

} // namespace

findings check_directories(std::vector<directory_facts> const& directories) {
    findings found;
    for (auto const& directory : directories)
        found.push_back(judge(directory));
    return found;
}

findings check_ports(std::vector<port_facts> const& ports) {
    findings found;
    for (auto const& port : ports)
        found.push_back(judge(port));
    return found;
}

findings check_limits(limit_facts const& limits) {
    findings found;
    check_descriptors(limits, found);
    for (auto const& r : limits.rooms)
        check_room(r, limits, found);
    check_memory(limits, found);
    return found;
}

} // namespace daskd::doctor
