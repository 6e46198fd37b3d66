#include "daemon/survey/machine.hpp"

#include "common/read_file.hpp"
#include "daemon/process/host_facts.hpp"
#include "daemon/survey/accounts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace daskd::survey {
namespace {

namespace fs = std::filesystem;

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

std::uint64_t number_in(std::string const& text) {
    if (text.starts_with("unlimited") || text.starts_with("max")) return unlimited;
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Threads of all processes of `user`.
std::uint64_t threads_of(uid_t user) {
    std::uint64_t count = 0;
    std::error_code ec;
    for (auto const& entry : fs::directory_iterator("/proc", ec)) {
        struct stat facts {};
        if (::stat(entry.path().c_str(), &facts) != 0 || facts.st_uid != user) continue;
        auto const status = read_file(entry.path() / "status");
        auto const at = status ? status->find("\nThreads:\t") : std::string::npos;
        if (at != std::string::npos) count += number_in(status->substr(at + 10));
    }
    return count;
}

/// Our cgroup (v2) and those above it that limit the number of processes.
void add_cgroup_rooms(std::vector<doctor::room>& rooms) {
    auto const text = read_file("/proc/self/cgroup").value_or("");
    auto const at = text.find("0::/");
    if (at == std::string::npos) return;
    auto group = fs::path(text.substr(at + 3, text.find('\n', at) - at - 3));
    for (; group.has_relative_path(); group = group.parent_path()) {
        auto const directory = fs::path("/sys/fs/cgroup") / group.relative_path();
        auto const most = read_file(directory / "pids.max");
        auto const used = read_file(directory / "pids.current");
        if (!most || !used || number_in(*most) == unlimited) continue;
        auto const name = group.filename().string();
        rooms.push_back({"threads in " + name,
                         "as root: systemctl set-property " + name + " TasksMax=infinity", number_in(*most),
                         number_in(*used)});
    }
}

/// The directory itself, or the nearest one above it that is there.
fs::path nearest(fs::path path) {
    std::error_code ec;
    while (!fs::exists(path, ec) && path.has_relative_path())
        path = path.parent_path();
    return path;
}

std::string mode_text(mode_t mode) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "%04o", static_cast<unsigned>(mode & 07777U));
    return text.data();
}

std::string logind_texts() {
    std::string texts = read_file("/etc/systemd/logind.conf").value_or("") + "\n";
    std::vector<fs::path> files;
    for (auto const* directory :
         {"/usr/lib/systemd/logind.conf.d", "/run/systemd/logind.conf.d", "/etc/systemd/logind.conf.d"}) {
        std::error_code ec;
        for (auto const& entry : fs::directory_iterator(directory, ec))
            if (entry.path().extension() == ".conf") files.push_back(entry.path());
    }
    std::ranges::sort(files, {}, [](fs::path const& file) { return file.filename(); });
    for (auto const& file : files)
        texts += read_file(file).value_or("") + "\n";
    return texts;
}

} // namespace

doctor::directory_facts look_at_directory(std::string purpose, fs::path const& path, std::string moved_by,
                                          bool must_be_private) {
    doctor::directory_facts d;
    d.purpose = std::move(purpose);
    d.path = path.string();
    d.moved_by = std::move(moved_by);
    d.must_be_private = must_be_private;
    auto const there = nearest(path);
    d.exists = there == path;
    struct stat facts {};
    if (::lstat(there.c_str(), &facts) == 0) {
        d.owner_and_mode = user_name(facts.st_uid) + ", " + mode_text(facts.st_mode);
        bool const is_ours_alone =
            S_ISDIR(facts.st_mode) && facts.st_uid == ::getuid() && (facts.st_mode & 077U) == 0;
        d.is_usable =
            (d.exists && must_be_private) ? is_ours_alone : ::access(there.c_str(), W_OK | X_OK) == 0;
    }
    std::error_code ec;
    auto const space = fs::space(there, ec);
    d.free_bytes = ec ? unlimited : space.available;
    return d;
}

limit_pair limit_in(std::string const& limits, std::string const& name) {
    std::istringstream lines(limits);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(name)) continue;
        std::istringstream words(line.substr(name.size()));
        std::string soft;
        std::string hard;
        words >> soft >> hard;
        return {number_in(soft), number_in(hard)};
    }
    return {};
}

doctor::limit_facts look_at_limits(pid_t process) {
    doctor::limit_facts found;
    auto const name = process == 0 ? std::string("self") : std::to_string(process);
    auto text = read_file("/proc/" + name + "/limits");
    if (!text) text = read_file("/proc/self/limits");
    auto const files = limit_in(text.value_or(""), "Max open files");
    found.descriptors = files.soft;
    found.descriptors_most = files.hard;
    auto const processes = limit_in(text.value_or(""), "Max processes");
    bool const is_bound = ::getuid() != 0; // root is not
    if (is_bound && processes.soft != unlimited && processes.soft != 0)
        found.rooms.push_back(
            {"threads of " + user_name(::getuid()),
             "ulimit -u " + std::to_string(processes.hard) + ", then: daskctl daemon restart", processes.soft,
             threads_of(::getuid())});
    add_cgroup_rooms(found.rooms);
    found.memory_bytes = process::read_host_facts().memory_bytes;
    return found;
}

bool kills_user_processes(std::string const& texts) {
    constexpr std::string_view key = "KillUserProcesses=";
    bool kills = false;
    std::istringstream lines(texts);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(key)) {
            auto const value = line.substr(key.size());
            kills = value == "yes" || value == "true" || value == "on" || value == "1";
        }
    return kills;
}

doctor::session_facts look_at_session(environment_lookup const& env, std::string unit) {
    std::error_code ec;
    doctor::session_facts found;
    found.user = user_name(::getuid());
    found.unit = std::move(unit);
    auto const runtime = env("XDG_RUNTIME_DIR");
    found.has_systemd = runtime && fs::exists(fs::path(*runtime) / "systemd/private", ec);
    found.has_linger = fs::exists(fs::path("/var/lib/systemd/linger") / found.user, ec);
    found.kills_at_logout = fs::exists("/run/systemd/system", ec) && kills_user_processes(logind_texts());
    return found;
}

} // namespace daskd::survey
