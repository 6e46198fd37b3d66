#include "daemon/launch/local_agent.hpp"

#include "common/fault.hpp"
#include "common/join.hpp"
#include "common/process_id.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/async/unique_fd.hpp"
#include "daemon/launch/agent_file.hpp"
#include "daemon/process/find_python.hpp"
#include "daemon/process/pid_watch.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstring>
#include <fcntl.h>

namespace daskd::launch {
namespace {

using namespace std::chrono_literals;

/// An agent that was told to end has this long before it is killed.
constexpr auto shutdown_grace = 5s;

boost::asio::awaitable<result<void>> wait_for_end(boost::asio::any_io_executor executor, process_id id) {
    auto watch = process::pid_watch::open(executor, id);
    if (watch) co_await watch->wait();
    co_return result<void>{};
}

} // namespace

local_agent::local_agent(boost::asio::any_io_executor executor, core::agent_spec spec, settings where)
    : executor_(std::move(executor)), spec_(std::move(spec)), where_(std::move(where)) {}

result<agent_transport::stream> local_agent::connect() const {
    auto connection = async::json_connection::connect(executor_, where_.socket);
    if (!connection && is_stopped(connection.error()))
        return error{errc::busy, "the host agent " + spec_.id + " takes no connections",
                     "it is stopped, or hangs: `pkill -CONT -f " + spec_.id + "`"};
    return connection;
}

bool local_agent::is_stopped(error const& refusal) {
    return refusal.code == errc::busy;
}

void local_agent::open(opened done) {
    auto connection = connect();
    if (connection || is_stopped(connection.error())) return done(std::move(connection));
    start(find_interpreter(), done);
}

void local_agent::open_caretaker(std::string const& unable, opened const& done) {
    start(caretaker(unable, read_agent_ledger(where_.ledger)), done);
}

void local_agent::reopen(opened done) {
    done(connect());
}

bool local_agent::must_care() const {
    auto const left = read_agent_ledger(where_.ledger);
    return left && !left->living.empty();
}

/// What runs must be looked after whatever has become of the Python that started it.
local_agent::interpreter local_agent::find_interpreter() const {
    auto const left = read_agent_ledger(where_.ledger);
    if (spec_.python.empty() && left && !left->image.empty())
        return caretaker("it was in a container of " + left->image + ": daskctl restart", left);
    auto const wanted = spec_.python.empty() && left ? left->python : spec_.python;
    if (process::is_executable(wanted) || !left || left->living.empty()) return {wanted};
    return caretaker(wanted + " is gone: install it again", left);
}

/// Any will do.
local_agent::interpreter local_agent::caretaker(std::string unable, std::optional<agent_ledger> const& left) {
    return {process::find_on_path("python3", "/usr/bin:/usr/local/bin:/bin", process::is_executable),
            std::move(unable), left ? left->image : ""};
}

void local_agent::start(interpreter const& with, opened const& done) {
    if (auto started = start_process(with); !started) return done(started.error());
    done(connect());
}

result<void> local_agent::start_process(interpreter const& with) {
    if (with.path.empty()) return error{errc::failed, "the host agent " + spec_.id + " has ended", ""};
    auto listening = listen_for_child(where_.socket);
    if (!listening) return listening.error();
    async::unique_fd log(::open(where_.log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    // Without its log (a full disk, a disk that is read-only) it works all the same.
    if (!log) log.reset(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    if (!log) return system_error("cannot open " + where_.log.string());

    process::program p;
    p.argv = where_.command_prefix;
    p.argv.insert(p.argv.end(),
                  {with.path, where_.program.string(), "--id", spec_.id, "--socket", where_.socket.string()});
    if (!spec_.warm.empty()) p.argv.insert(p.argv.end(), {"--warm", join(spec_.warm, ",")});
    if (!with.image.empty()) p.argv.insert(p.argv.end(), {"--image", with.image});
    if (!with.unable.empty()) p.argv.insert(p.argv.end(), {"--unable", with.unable});
    p.env = process::own_environment();
    for (auto const& [name, value] : spec_.env)
        p.env[name] = value;
    p.cwd = spec_.cwd;
    auto pid = process::spawn(executor_, p, {listening->get(), log.get(), log.get()});
    if (!pid) return pid.error();
    child_ = *pid;
    fault::at(fault::step::agent_started);
    spdlog::info("started host agent {} (pid {}) with {}", spec_.id, *pid, with.path);
    async::spawn_task(executor_, "agent " + spec_.id, reap_child(shared_from_this(), *pid));
    return {};
}

void local_agent::make_sure_it_ends(std::optional<int> pid, std::function<void()> on_ended) {
    // Before hello it still imports, has no children and reads nothing.
    if (!pid && child_) ::kill(*child_, SIGKILL);
    auto const process = pid ? pid : child_;
    if (!process) return on_ended();
    async::spawn_task(executor_, "end of agent " + spec_.id, end(executor_, *process, std::move(on_ended)));
}

boost::asio::awaitable<void> local_agent::reap_child(std::shared_ptr<local_agent> self, pid_t child) {
    auto watch = process::pid_watch::open_child(self->executor_, child);
    if (!watch) co_return;
    auto const status = co_await process::reap(std::move(*watch), child);
    spdlog::info("host agent {} (pid {}) ended with status {}", self->spec_.id, child, status);
    self->child_.reset();
}

boost::asio::awaitable<void> local_agent::end(boost::asio::any_io_executor executor, pid_t pid,
                                              std::function<void()> on_ended) {
    if (auto const id = identify(pid)) {
        auto asked =
            async::with_deadline(wait_for_end(executor, *id), shutdown_grace, "the end of the agent");
        auto const in_time = co_await std::move(asked);
        if (!in_time) {
            ::kill(pid, SIGKILL);
            auto killed = wait_for_end(executor, *id);
            (void)co_await std::move(killed);
        }
    }
    on_ended();
}

} // namespace daskd::launch
