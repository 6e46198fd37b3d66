#include "daemon/launch/local_agent.hpp"

#include "common/join.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/async/unique_fd.hpp"
#include "daemon/process/pid_watch.hpp"
#include "daemon/process/process_id.hpp"

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace daskd::launch {
namespace {

using namespace std::chrono_literals;

/// An agent that was told to end has this long before it is killed.
constexpr auto shutdown_grace = 5s;

error system_error(std::string const& what) {
    return {errc::failed, what + ": " + std::strerror(errno),
            ""}; // NOLINT(concurrency-mt-unsafe): one thread
}

/// The agent's listening socket, made here and inherited by the agent as its standard input: daskd can
/// connect at once, and nobody has to wait for a socket to appear.
result<async::unique_fd> listen_on(std::filesystem::path const& path) {
    async::unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    bool const listens = fd && ::fchmod(fd.get(), 0600) == 0 &&
                         ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                         ::listen(fd.get(), 16) == 0;
    if (!listens) return system_error("cannot listen on " + path.string());
    return fd;
}

boost::asio::awaitable<result<void>> wait_for_end(boost::asio::any_io_executor executor,
                                                  process::process_id id) {
    auto watch = process::pid_watch::open(executor, id);
    if (watch) co_await watch->wait();
    co_return result<void>{};
}

} // namespace

local_agent::local_agent(boost::asio::any_io_executor executor, core::agent_spec spec, settings where,
                         callbacks calls)
    : executor_(std::move(executor)),
      spec_(std::move(spec)),
      where_(std::move(where)),
      calls_(std::move(calls)) {}

void local_agent::start() {
    connect_or_start();
}

void local_agent::connect_or_start() {
    auto connection = async::json_connection::connect(executor_, where_.socket);
    if (!connection && where_.container)
        return async::spawn_task(executor_, "container of agent " + spec_.id,
                                 start_in_container(shared_from_this()));
    if (!connection) {
        if (auto started = start_process(); !started) return calls_.on_failed(started.error().what, false);
        connection = async::json_connection::connect(executor_, where_.socket);
    }
    if (!connection) return calls_.on_failed(connection.error().what, false);
    serve(std::move(*connection));
}

result<void> local_agent::start_process() {
    if (spec_.python.empty()) return error{errc::failed, "the host agent " + spec_.id + " has ended", ""};
    auto listening = listen_on(where_.socket);
    if (!listening) return listening.error();
    async::unique_fd const log(::open(where_.log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!log) return system_error("cannot open " + where_.log.string());

    process::program p;
    p.argv = {spec_.python, where_.program.string(), "--id", spec_.id, "--socket", where_.socket.string()};
    if (!spec_.warm.empty()) p.argv.insert(p.argv.end(), {"--warm", join(spec_.warm, ",")});
    p.env = process::own_environment();
    for (auto const& [name, value] : spec_.env)
        p.env[name] = value;
    p.cwd = spec_.cwd;
    auto pid = process::spawn(executor_, p, {listening->get(), log.get(), log.get()});
    if (!pid) return pid.error();
    child_ = *pid;
    spdlog::info("started host agent {} (pid {}) with {}", spec_.id, *pid, spec_.python);
    async::spawn_task(executor_, "agent " + spec_.id, reap_child(shared_from_this(), *pid));
    return {};
}

boost::asio::awaitable<void> local_agent::start_in_container(std::shared_ptr<local_agent> self) {
    auto const started = co_await self->where_.container->start();
    if (!self->calls_.on_failed) co_return; // left meanwhile
    auto failure = started ? error{} : started.error();
    if (started) {
        spdlog::info("host agent {} listens in its container", self->spec_.id);
        auto connection = async::json_connection::connect(self->executor_, self->where_.socket);
        if (connection) co_return self->serve(std::move(*connection));
        failure = connection.error();
    }
    self->calls_.on_failed(failure.what + (failure.hint.empty() ? "" : "; " + failure.hint),
                           failure.code == errc::bad_configuration);
}

void local_agent::serve(std::shared_ptr<async::json_connection> connection) {
    connection_ = std::move(connection);
    connection_->start({[self = shared_from_this()](json const& value) { self->on_message(value); },
                        [self = shared_from_this()](std::string const& why) { self->on_close(why); }});
    connection_->send(agent_link::hello_op(where_.revive, spec_.orphan_timeout, where_.scheduler_socket));
}

void local_agent::on_message(json const& value) {
    auto parsed = agent_link::read_message(value);
    if (!parsed) {
        spdlog::warn("agent {}: {}", spec_.id, parsed.error().what);
        return;
    }
    if (auto const* h = std::get_if<agent_link::hello>(&*parsed)) facts_ = h->facts;
    if (auto const* f = std::get_if<agent_link::fatal>(&*parsed)) {
        auto text = f->text + (f->hint.empty() ? "" : "; " + f->hint);
        if (spec_.container)
            text = "image " + spec_.container->image + ": " + f->text +
                   "; use an image that has it, or set 'python:' to an interpreter in the image that does";
        auto const failed = calls_.on_failed;
        leave();
        return failed(text, true);
    }
    calls_.on_message(std::move(*parsed));
}

void local_agent::on_close(std::string const& why) {
    spdlog::debug("agent {}: connection closed: {}", spec_.id, why);
    connection_.reset();
    if (!facts_)
        return calls_.on_failed("the host agent ended before it was ready; see " + where_.log.string(),
                                false);
    // It may have dropped a daskd that read too slowly: then it lives, and tells all again.
    if (auto again = async::json_connection::connect(executor_, where_.socket))
        return serve(std::move(*again));
    calls_.on_gone();
}

void local_agent::send(json const& op) {
    if (connection_) connection_->send(op);
}

void local_agent::leave() {
    if (connection_) connection_->close();
    connection_.reset();
    calls_ = {};
}

void local_agent::shut_down(std::function<void()> on_ended) {
    send(agent_link::shutdown_op());
    if (where_.container) where_.container->abandon();
    // Before hello it still imports, has no children and reads nothing.
    if (!facts_ && child_) ::kill(*child_, SIGKILL);
    auto const pid = facts_ ? std::optional<pid_t>(facts_->pid) : child_;
    if (pid)
        async::spawn_task(executor_, "end of agent " + spec_.id,
                          make_sure_it_ends(executor_, *pid, std::move(on_ended)));
    else
        on_ended();
    leave();
}

boost::asio::awaitable<void> local_agent::reap_child(std::shared_ptr<local_agent> self, pid_t child) {
    auto watch = process::pid_watch::open_child(self->executor_, child);
    if (!watch) co_return;
    auto const status = co_await process::reap(std::move(*watch), child);
    spdlog::info("host agent {} (pid {}) ended with status {}", self->spec_.id, child, status);
    self->child_.reset();
}

boost::asio::awaitable<void> local_agent::make_sure_it_ends(boost::asio::any_io_executor executor, pid_t pid,
                                                            std::function<void()> on_ended) {
    if (auto const id = process::identify(pid)) {
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
