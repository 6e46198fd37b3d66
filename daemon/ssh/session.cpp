#include "daemon/ssh/session.hpp"

#include "daemon/async/deadline.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/ssh/login.hpp"
#include "daemon/ssh/socket_stream.hpp"
#include "daemon/ssh/unix_bridge.hpp"
#include "daemon/ssh/wire_format.hpp"

#include <array>

namespace daskd::ssh {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// How long a link behind another host may be silent before it is asked, and then for the answer.
constexpr auto far_link_interval = 4s;
constexpr std::size_t max_output_bytes = std::size_t{1} << 20;

/// The stream of a connection that goes through a channel of another; keeps that channel.
class stream_through : public byte_stream {
public:
    explicit stream_through(std::shared_ptr<channel> c) : channel_(std::move(c)) {}
    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override {
        return channel_->read_some(into);
    }
    asio::awaitable<result<void>> write(std::string_view bytes) override { return channel_->write(bytes); }
    void finish_writing() override { channel_->finish_writing(); }
    void close() override { channel_->close(); }

private:
    std::shared_ptr<channel> channel_;
};

asio::awaitable<result<std::unique_ptr<byte_stream>>> reach(std::shared_ptr<session> through,
                                                            host_settings host, session_limits limits) {
    if (!through) {
        auto connecting = connect_tcp(host.host_name, host.port, limits.connect);
        co_return co_await std::move(connecting);
    }
    auto opening = through->connect_tcp(host.host_name, host.port);
    auto c = co_await std::move(opening);
    if (!c)
        co_return error{c.error().code, "cannot reach " + describe(host) + " from there: " + c.error().what,
                        c.error().hint};
    co_return std::make_unique<stream_through>(std::move(*c));
}

/// Ends a connection that was not handed to a session: its coroutines keep it.
struct ends_unless_kept {
    std::shared_ptr<engine> connection;
    ~ends_unless_kept() {
        if (connection) connection->fail({errc::failed, "given up", ""});
    }
};

asio::awaitable<result<std::shared_ptr<session>>> connect_one(std::shared_ptr<session> through,
                                                              host_settings host, session_limits limits) {
    auto reaching = reach(through, host, limits);
    auto stream = co_await std::move(reaching);
    if (!stream) co_return stream.error();
    auto const executor = co_await asio::this_coro::executor;
    ends_unless_kept guard{std::make_shared<engine>(executor, std::move(*stream))};
    guard.connection->start();

    auto shaking = async::with_deadline(shake_hands(guard.connection, host, !through), limits.connect,
                                        "no SSH with " + describe(host));
    auto const known = co_await std::move(shaking);
    if (!known) co_return known.error();
    auto proving = async::with_deadline(authenticate(guard.connection, host), limits.login,
                                        "no login on " + describe(host));
    auto const in = co_await std::move(proving);
    if (!in) co_return in.error();
    if (through) guard.connection->ask_every(far_link_interval);
    co_return std::make_shared<session>(std::exchange(guard.connection, {}), std::move(through),
                                        std::move(host), limits);
}

} // namespace

asio::awaitable<result<std::shared_ptr<session>>> session::connect(route hosts, session_limits limits) {
    std::shared_ptr<session> last;
    for (auto const& host : hosts) {
        auto connecting = connect_one(last, host, limits);
        auto next = co_await std::move(connecting);
        if (!next)
            co_return error{next.error().code,
                            (last ? "by way of " + describe(last->host()) + ": " : "") + next.error().what,
                            next.error().hint};
        last = std::move(*next);
    }
    co_return last;
}

session::session(std::shared_ptr<engine> connection, std::shared_ptr<session> through, host_settings host,
                 session_limits limits)
    : through_(std::move(through)),
      connection_(std::move(connection)),
      host_(std::move(host)),
      limits_(limits) {}

session::~session() {
    connection_->fail({errc::failed, "the connection to " + describe(host_) + " is closed", ""});
}

asio::awaitable<result<std::shared_ptr<channel>>> session::open(std::string type, std::string message,
                                                                std::string what, std::string hint) {
    auto const place = what + " on " + describe(host_);
    auto opening =
        async::with_deadline(connection_->open(std::move(type), std::move(message)), limits_.open, place);
    auto c = co_await std::move(opening);
    if (c || c.error().code == errc::timed_out) co_return c;
    // The hint is for a refusal; a connection that is lost has nothing to do with the host's settings.
    co_return error{c.error().code, place + ": " + c.error().what, is_open() ? hint : ""};
}

asio::awaitable<result<std::shared_ptr<channel>>> session::start(std::string command) {
    auto opening = open("session", "", "no channel for a command",
                        "sshd's MaxSessions may be reached: raise it in the host's sshd_config");
    auto c = co_await std::move(opening);
    if (!c) co_return c;
    auto starting =
        async::with_deadline((*c)->exec(std::move(command)), limits_.open, "a command on " + describe(host_));
    auto const started = co_await std::move(starting);
    if (!started) co_return started.error();
    co_return c;
}

asio::awaitable<result<std::shared_ptr<channel>>> session::exec(std::string command) {
    return start(std::move(command));
}

asio::awaitable<result<std::shared_ptr<channel>>> session::connect_tcp(std::string host, std::uint16_t port) {
    std::string message;
    put_string(message, host);
    put_u32(message, port);
    put_string(message, "127.0.0.1"); // who asks; sshd only logs it
    put_u32(message, 0);
    return open("direct-tcpip", std::move(message),
                "cannot connect to " + host + " port " + std::to_string(port),
                "does it listen there, and is AllowTcpForwarding on in the host's sshd_config?");
}

asio::awaitable<result<std::shared_ptr<channel>>> session::connect_unix(std::string path,
                                                                        std::string python) {
    std::string message;
    put_string(message, path);
    put_string(message, "");
    put_u32(message, 0);
    auto opening =
        open("direct-streamlocal@openssh.com", std::move(message), "cannot connect to " + path,
             "does it listen there, and is AllowStreamLocalForwarding on in the host's sshd_config?");
    auto c = co_await std::move(opening);
    if (c || python.empty() || !is_open()) co_return c;
    auto bridging = exec(shell_word(python) + " -c " + shell_word(unix_bridge) + " " + shell_word(path));
    auto bridge = co_await std::move(bridging);
    if (bridge) (*bridge)->discard_errors();
    co_return bridge;
}

asio::awaitable<result<std::shared_ptr<listener>>> session::listen(std::string address, std::uint16_t port) {
    auto listening = async::with_deadline(listen_remotely(connection_, address, port), limits_.open,
                                          "listening on " + describe(host_));
    co_return co_await std::move(listening);
}

namespace {

/// Keeps both outputs of a command, so that neither holds up the other.
struct gathering {
    std::shared_ptr<channel> from;
    command_outcome outcome = {};
    bool is_err_done = false;
    async::notifier news = {};

    void keep(std::string& text, std::string_view bytes) {
        auto const room = max_output_bytes - text.size();
        outcome.was_cut = outcome.was_cut || bytes.size() > room;
        text += bytes.substr(0, room);
    }
};

asio::awaitable<void> gather_errors(std::shared_ptr<gathering> all) {
    std::array<char, 4096> chunk;
    while (true) {
        auto reading = all->from->read_error_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n || *n == 0) break;
        all->keep(all->outcome.err, {chunk.data(), *n});
    }
    all->is_err_done = true;
    all->news.notify_all();
}

asio::awaitable<void> feed(std::shared_ptr<channel> to, std::string input) {
    auto writing = to->write(input);
    // A command need not read all its input.
    (void)co_await std::move(writing);
    to->finish_writing();
}

/// Closes the channel even if its reader is cancelled: whoever else reads it would wait for ever.
struct closes_channel {
    std::shared_ptr<channel> c;
    ~closes_channel() { c->close(); }
};

asio::awaitable<result<command_outcome>> gather(std::shared_ptr<channel> c, std::string input) {
    auto const executor = co_await asio::this_coro::executor;
    closes_channel const guard{c};
    auto const all = std::make_shared<gathering>(gathering{c});
    async::spawn_task(executor, "SSH error output", gather_errors(all));
    async::spawn_task(executor, "SSH input", feed(c, std::move(input)));
    std::array<char, 16 * 1024> chunk;
    while (true) {
        auto reading = c->read_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n) co_return n.error();
        if (*n == 0) break;
        all->keep(all->outcome.out, {chunk.data(), *n});
    }
    while (!all->is_err_done) {
        auto waiting = all->news.wait({});
        co_await std::move(waiting);
    }
    auto ending = c->wait_exit();
    auto const status = co_await std::move(ending);
    if (!status) co_return status.error();
    all->outcome.status = *status;
    co_return std::move(all->outcome);
}

} // namespace

asio::awaitable<result<command_outcome>> session::run(std::string command, std::string input,
                                                      std::chrono::milliseconds limit) {
    auto const place = command + " on " + describe(host_);
    auto starting = start(std::move(command));
    auto c = co_await std::move(starting);
    if (!c) co_return c.error();
    auto gathering = async::with_deadline(gather(*c, std::move(input)), limit, place);
    co_return co_await std::move(gathering);
}

asio::awaitable<error> session::wait_for_end() {
    auto const connection = connection_;
    auto waiting = connection->wait_for_end();
    co_await std::move(waiting);
    co_return *connection->failure();
}

namespace {

asio::awaitable<result<void>> say_goodbye(std::shared_ptr<engine> connection) {
    std::function<int()> attempt = [raw = connection->raw()] {
        return libssh2_session_disconnect_ex(raw, SSH_DISCONNECT_BY_APPLICATION, "goodbye", "");
    };
    auto saying = connection->run(std::move(attempt));
    (void)co_await std::move(saying);
    auto sending = connection->wait_until_sent();
    co_await std::move(sending);
    co_return result<void>{};
}

} // namespace

asio::awaitable<void> session::close(std::chrono::milliseconds limit) {
    auto const connection = connection_;
    if (!connection->failure()) {
        auto saying = async::with_deadline(say_goodbye(connection), limit, "goodbye");
        (void)co_await std::move(saying);
    }
    connection->fail({errc::failed, "the connection to " + describe(host_) + " is closed", ""});
}

} // namespace daskd::ssh
