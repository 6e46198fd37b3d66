#include "ctl/leftovers.hpp"

#include "common/agent_ledger.hpp"
#include "common/names.hpp"
#include "ctl/line_socket.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <span>
#include <sys/file.h>

namespace daskd::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> runtime_files{"*.sock",  "scheduler.closing*", "agent.pyz",
                                                        "agent-*", "instances*",         "state.json*"};
constexpr std::array<std::string_view, 3> state_files{"state.json*", "events.jsonl*", "scheduler.json*"};
constexpr std::array<std::string_view, 2> log_files{"*.log", "*.log.*"};
constexpr std::array<std::string_view, 3> tls_files{"*.key", "*.pem", "*.new"};

void add_matching(fs::path const& dir, std::span<std::string_view const> patterns,
                  std::vector<fs::path>& found) {
    std::error_code ec;
    for (auto const& entry : fs::directory_iterator(dir, ec)) {
        auto const name = entry.path().filename().string();
        bool const matches =
            std::ranges::any_of(patterns, [&](auto pattern) { return glob_matches(pattern, name); });
        if (matches && !entry.is_directory(ec)) found.push_back(entry.path());
    }
}

} // namespace

std::vector<fs::path> find_leftovers(cluster_paths const& paths, bool with_logs) {
    std::vector<fs::path> found;
    add_matching(paths.runtime_dir, runtime_files, found);
    add_matching(paths.state_dir, state_files, found);
    if (with_logs) add_matching(paths.log_dir(), log_files, found);
    if (with_logs) add_matching(paths.tls_dir(), tls_files, found);
    std::ranges::sort(found);
    return found;
}

result<unique_fd> lock_out_daemon(cluster_paths const& paths) {
    unique_fd lock(::open(paths.lock_file().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return error{errc::busy, "a daskd of cluster '" + paths.cluster + "' still runs",
                     "stop it with: daskctl daemon stop"};
    return lock;
}

result<void> require_no_agent(cluster_paths const& paths, uid_t uid) {
    std::vector<fs::path> sockets;
    add_matching(paths.runtime_dir, std::array<std::string_view, 1>{"agent-*.sock"}, sockets);
    for (auto const& socket : sockets) {
        auto const agent = line_socket::connect(socket, uid);
        if (!agent || *agent) // also one that is stopped, and takes no connections any more
            return error{errc::busy,
                         "workers of cluster '" + paths.cluster + "' still run, though their daskd is gone",
                         "stop them with: daskctl down"};
    }
    return {};
}

result<void> require_nothing_left(cluster_paths const& paths, uid_t uid) {
    if (auto const none = require_no_agent(paths, uid); !none) return none;
    if (left_processes(paths).empty()) return {};
    return error{errc::busy,
                 "workers of cluster '" + paths.cluster +
                     "' still run, though daskd and their host agent are gone",
                 "stop them with: daskctl down"};
}

} // namespace daskd::ctl
