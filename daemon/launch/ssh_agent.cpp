#include "daemon/launch/ssh_agent.hpp"

#include "common/join.hpp"
#include "daemon/async/deadline.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/core/tunnels.hpp"
#include "daemon/launch/agent_program.hpp"
#include "daemon/launch/container_command.hpp"
#include "daemon/launch/remote_container.hpp"
#include "daemon/ssh/relay.hpp"
#include "daemon/ssh/unix_bridge.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <type_traits>
#include <utility>

namespace daskd::launch {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

/// A file system of a busy cluster may take its time over Python's start.
constexpr auto bootstrap_limit = 60s;
/// An image may have to be fetched.
constexpr auto contained_limit = 60min;
constexpr auto removal_limit = 60s;
/// An agent that was told to end has 5 s of these before it is killed.
constexpr auto end_limit = 15s;
constexpr auto room_limit = 5s;

asio::awaitable<std::string> last_errors(std::shared_ptr<ssh::channel> channel) {
    std::array<char, 4096> chunk{};
    auto reading = channel->read_error_some(chunk);
    auto const n = co_await std::move(reading);
    co_return n ? std::string(chunk.data(), *n) : std::string();
}

/// Waits until the agent `id` is gone, 5 s after which it is killed. `signal`: what it is sent first; empty:
/// it was told. In any login shell.
std::string end_command(std::string const& id, int pid, std::string const& signal) {
    auto const process = std::to_string(pid);
    auto const first = signal.empty() ? "" : "kill -" + signal + " " + process + "; ";
    return "exec /bin/sh -c 'n=0; " + first + "while grep -qs " + id + " /proc/" + process +
           "/cmdline; do n=$((n+1)); if [ $n -eq 100 ]; then kill -KILL " + process +
           "; fi; sleep 0.05; done'";
}

/// Where MaxSessions is 1, an agent that has just ended holds the place until sshd has seen that.
template <class Attempt>
std::invoke_result_t<Attempt> when_there_is_room(std::shared_ptr<ssh::session> session, Attempt attempt) {
    auto const until = std::chrono::steady_clock::now() + room_limit;
    asio::steady_timer pause(co_await asio::this_coro::executor);
    while (true) {
        auto trying = attempt();
        auto done = co_await std::move(trying);
        bool const is_refused = !done && session->is_open() && done.error().code != errc::timed_out;
        if (!is_refused || std::chrono::steady_clock::now() >= until) co_return done;
        pause.expires_after(50ms);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<result<ssh::command_outcome>> run_when_there_is_room(std::shared_ptr<ssh::session> session,
                                                                     std::string command, std::string input,
                                                                     std::chrono::milliseconds limit) {
    return when_there_is_room(session, [=] { return session->run(command, input, limit); });
}

} // namespace

ssh_agent::ssh_agent(asio::any_io_executor executor, core::agent_spec spec, std::shared_ptr<ssh_host> host,
                     settings there)
    : executor_(std::move(executor)),
      spec_(std::move(spec)),
      host_(std::move(host)),
      there_(std::move(there)) {}

void ssh_agent::open(opened done) {
    is_opening_ = true;
    auto const self = shared_from_this();
    async::spawn_task(executor_, "way to agent " + spec_.id, find_or_start(self, done),
                      [self, done](std::string const& what) {
                          self->has_tried();
                          done(error{errc::failed, what, ""});
                      });
}

void ssh_agent::reopen(opened done) {
    done(error{errc::failed, "the way to the host agent is lost", ""});
}

asio::awaitable<void> ssh_agent::find_or_start(std::shared_ptr<ssh_agent> self, opened done) {
    auto connecting = self->connect();
    auto connected = co_await std::move(connecting);
    self->has_tried();
    done(std::move(connected));
}

void ssh_agent::has_tried() {
    is_opening_ = false;
    tried_.notify_all();
}

asio::awaitable<result<agent_transport::stream>> ssh_agent::connect() {
    auto waiting = host_->wait_to_start();
    co_await std::move(waiting);
    auto connecting = host_->connect();
    auto session = co_await std::move(connecting);
    if (!session) co_return session.error();
    if (there_.tunnels) there_.tunnels->need({core::home_of(spec_), spec_.id, this});
    auto executing = when_there_is_room(*session, [s = *session] { return s->exec(bootstrap_command()); });
    auto channel = co_await std::move(executing);
    if (!channel) co_return channel.error();
    auto const place = ssh::describe((*session)->host());
    std::chrono::milliseconds const limit = spec_.container ? contained_limit : bootstrap_limit;
    auto starting = async::with_deadline(bootstrap(*channel), limit, "the host agent on " + place);
    auto const started = co_await std::move(starting);
    if (!started)
        co_return error{started.error().code, place + ": " + started.error().what, started.error().hint};
    (*channel)->discard_errors();
    if (there_.tunnels) {
        auto opening = open_tunnel(*session, *started);
        auto const is_open = co_await std::move(opening);
        if (!is_open)
            co_return error{is_open.error().code, place + ": " + is_open.error().what, is_open.error().hint};
    }
    auto socket = ssh::as_socket(executor_, *channel);
    if (!socket) co_return socket.error();
    co_return std::make_shared<async::json_connection>(*std::move(socket));
}

/// Before anything is started there that would want to go through it.
asio::awaitable<result<void>> ssh_agent::open_tunnel(std::shared_ptr<ssh::session> session,
                                                     bootstrap_answer there) {
    return there_.tunnels->open(core::home_of(spec_), std::move(session), there.mouth(), there.python());
}

asio::awaitable<result<bootstrap_answer>> ssh_agent::bootstrap(std::shared_ptr<ssh::channel> channel) {
    std::string_view const program(reinterpret_cast<char const*>(agent_program_data), agent_program_size);
    auto const input = bootstrap_input(spec_, there_.cluster, there_.log, program);
    auto writing = channel->write(input);
    (void)co_await std::move(writing); // where nobody reads, the answer says why
    bootstrap_answer answer([this](std::string const& news) { tell_news(news); });
    std::array<char, 4096> chunk{};
    while (true) {
        auto reading = channel->read_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n) co_return n.error();
        if (*n == 0) {
            auto looking = last_errors(channel);
            auto const errors = co_await std::move(looking);
            if (auto const late = answer.read(errors); late && !*late) co_return late->error();
            co_return answer.ended(spec_.container.has_value());
        }
        auto const good = answer.read({chunk.data(), *n});
        if (!good) continue;
        if (!*good && spec_.container && answer.engine().is_object())
            co_return explain_engine(spec_, answer.engine());
        if (!*good) co_return good->error();
        python_ = answer.python();
        program_ = answer.program();
        path_ = answer.path();
        started_ = answer.pid();
        if (started_)
            spdlog::info("started host agent {} (pid {}) on {}", spec_.id, *started_,
                         config::to_string(host_->login().host));
        co_return answer;
    }
}

void ssh_agent::tell_news(std::string const& news) const {
    if (news != "pull" || !spec_.container || !there_.on_news) return;
    there_.on_news("image " + spec_.container->image + " is not on " + host_->login().host.name +
                   ": fetching it (" + join(pull_command_line(*spec_.container), " ") + "); see " +
                   where_to_look());
}

error ssh_agent::explain_fatal(error said) const {
    return spec_.container ? explain_contained(*spec_.container, std::move(said)) : said;
}

/// Whatever has become of the agent.
asio::awaitable<void> ssh_agent::remove_containers(std::shared_ptr<ssh::session> session) {
    if (program_.empty()) co_return; // none was ever started from here
    auto order = container_removal(spec_, there_.cluster);
    order["path"] = path_; // where the engine was found
    auto removing = run_when_there_is_room(
        session, ssh::shell_word(python_) + " " + ssh::shell_word(program_) + " uncontain", order.dump(),
        removal_limit);
    auto const removed = co_await std::move(removing);
    if (!removed) spdlog::warn("containers of host agent {}: {}", spec_.id, removed.error().what);
}

void ssh_agent::make_sure_it_ends(std::optional<int> pid, std::function<void()> on_ended) {
    async::spawn_task(executor_, "end of agent " + spec_.id, end(shared_from_this(), pid, on_ended),
                      [on_ended](std::string const&) { on_ended(); });
}

asio::awaitable<void> ssh_agent::end(std::shared_ptr<ssh_agent> self, std::optional<int> pid,
                                     std::function<void()> on_ended) {
    while (self->is_opening_) {
        auto waiting = self->tried_.wait({});
        co_await std::move(waiting);
    }
    auto const no_starts = self->host_->block_starts();
    auto const target = pid ? pid : self->started_;
    // Where its host cannot be reached, it ends after its orphan_timeout.
    if (auto const session = self->host_->present(); session && target) {
        auto const signal = pid ? "" : "TERM"; // without its pid it has not greeted, and was told nothing
        auto ending =
            run_when_there_is_room(session, end_command(self->spec_.id, *target, signal), "", end_limit);
        auto const ended = co_await std::move(ending);
        if (!ended) spdlog::warn("the end of host agent {}: {}", self->spec_.id, ended.error().what);
    }
    if (auto const session = self->host_->present(); session && self->spec_.container) {
        auto removing = self->remove_containers(session);
        co_await std::move(removing);
    }
    if (self->there_.tunnels) {
        auto ending = self->there_.tunnels->end({core::home_of(self->spec_), self->spec_.id, self.get()});
        co_await std::move(ending);
    }
    on_ended();
}

} // namespace daskd::launch
