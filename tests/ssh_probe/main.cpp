// Does by daemon/ssh what the arguments say; tests/integration/test_ssh_*.py run it against real sshds.
//
//   ssh_probe CONFIG HOST exec COMMAND          as ssh does: its input, outputs and exit code
//   ssh_probe CONFIG HOST unix PATH [PYTHON]    its input and output are those of a Unix socket there
//   ssh_probe CONFIG HOST many N COMMAND        N at once; prints the sum of what they printed, in bytes
//   ssh_probe CONFIG HOST stall COMMAND         does not read what the command prints until a line of input
//   ssh_probe CONFIG HOST hold                 until the connection ends, or its own input does
//   ssh_probe CONFIG HOST local|remote PORT TO_HOST TO_PORT    a tunnel, until its own input ends

#include "daemon/async/spawn_task.hpp"
#include "daemon/ssh/forward.hpp"
#include "daemon/ssh/relay.hpp"
#include "daemon/ssh/ssh_config.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <csignal>
#include <iostream>
#include <sys/resource.h>

namespace daskd::ssh {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using words = std::vector<std::string>;

int fail(error const& e) {
    std::cerr << "ssh_probe: " << e.what << "\n";
    if (!e.hint.empty()) std::cerr << "hint: " << e.hint << "\n";
    return 255;
}

/// Our own input and output.
class standard_streams : public byte_stream {
public:
    explicit standard_streams(asio::any_io_executor const& executor)
        : in_(executor, ::dup(0)), out_(executor, ::dup(1)) {}

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override {
        boost::system::error_code ec;
        auto const n = co_await in_.async_read_some(asio::buffer(into.data(), into.size()),
                                                    asio::redirect_error(asio::use_awaitable, ec));
        if (ec && ec != asio::error::eof) co_return error{errc::failed, ec.message(), ""};
        co_return n;
    }
    asio::awaitable<result<void>> write(std::string_view bytes) override {
        boost::system::error_code ec;
        co_await asio::async_write(out_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, ec));
        if (ec) co_return error{errc::failed, ec.message(), ""};
        co_return result<void>{};
    }
    void finish_writing() override { out_.close(); }
    void close() override {
        in_.close();
        out_.close();
    }

private:
    asio::posix::stream_descriptor in_;
    asio::posix::stream_descriptor out_;
};

asio::awaitable<void> copy_input(std::shared_ptr<standard_streams> from, std::shared_ptr<channel> to) {
    std::array<char, 65536> chunk;
    while (true) {
        auto reading = from->read_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n || *n == 0) break;
        auto writing = to->write({chunk.data(), *n});
        auto const written = co_await std::move(writing);
        if (!written) break;
    }
    to->finish_writing();
}

asio::awaitable<void> copy_errors(std::shared_ptr<channel> from) {
    std::array<char, 4096> chunk;
    while (true) {
        auto reading = from->read_error_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n || *n == 0) co_return;
        std::cerr.write(chunk.data(), static_cast<std::streamsize>(*n));
    }
}

asio::awaitable<result<std::size_t>> copy_output(std::shared_ptr<channel> from, byte_stream* to) {
    std::vector<char> chunk(65536);
    for (std::size_t sum = 0;;) {
        auto reading = from->read_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n) co_return n.error();
        if (*n == 0) co_return sum;
        sum += *n;
        if (!to) continue;
        auto writing = to->write({chunk.data(), *n});
        (void)co_await std::move(writing);
    }
}

asio::awaitable<int> exec(std::shared_ptr<session> s, words args) {
    auto const executor = co_await asio::this_coro::executor;
    auto starting = s->exec(args.at(0));
    auto const c = co_await std::move(starting);
    if (!c) co_return fail(c.error());
    auto const own = std::make_shared<standard_streams>(executor);
    async::spawn_task(executor, "input", copy_input(own, *c));
    async::spawn_task(executor, "errors", copy_errors(*c));
    auto copying = copy_output(*c, own.get());
    auto const copied = co_await std::move(copying);
    if (!copied) co_return fail(copied.error());
    auto ending = (*c)->wait_exit();
    auto const status = co_await std::move(ending);
    if (!status) co_return fail(status.error());
    if (!status->signal.empty()) std::cerr << "signal " << status->signal << "\n";
    co_return status->code;
}

asio::awaitable<int> unix_socket(std::shared_ptr<session> s, words args) {
    auto connecting = s->connect_unix(args.at(0), args.size() > 1 ? args[1] : "");
    auto const c = co_await std::move(connecting);
    if (!c) co_return fail(c.error());
    auto const own = std::make_shared<standard_streams>(co_await asio::this_coro::executor);
    ::close(1); // who reads it shall see when the socket's ends
    auto relaying = relay(*c, own);
    co_await std::move(relaying);
    co_return 0;
}

struct tally {
    int running = 0;
    std::size_t bytes = 0;
    std::vector<std::string> errors = {};
    async::notifier news = {};
};

asio::awaitable<void> run_one(std::shared_ptr<session> s, std::string command, std::shared_ptr<tally> all) {
    auto starting = s->exec(command);
    auto const c = co_await std::move(starting);
    if (c) {
        (*c)->discard_errors();
        auto copying = copy_output(*c, nullptr);
        auto const copied = co_await std::move(copying);
        if (copied) all->bytes += *copied;
        if (!copied) all->errors.push_back(copied.error().what);
    } else {
        all->errors.push_back(c.error().what + " | " + c.error().hint);
    }
    --all->running;
    all->news.notify_all();
}

asio::awaitable<int> many(std::shared_ptr<session> s, words args) {
    auto const executor = co_await asio::this_coro::executor;
    auto const all = std::make_shared<tally>(tally{std::stoi(args.at(0))});
    for (int i = 0; i < std::stoi(args[0]); ++i)
        async::spawn_task(executor, "one of many", run_one(s, args.at(1), all));
    while (all->running > 0) {
        auto waiting = all->news.wait({});
        co_await std::move(waiting);
    }
    std::cout << all->bytes << "\n";
    for (auto const& text : all->errors)
        std::cerr << text << "\n";
    co_return s->is_open() ? 0 : 1;
}

asio::awaitable<int> stall(std::shared_ptr<session> s, words args) {
    standard_streams own(co_await asio::this_coro::executor);
    auto starting = s->exec(args.at(0));
    auto const c = co_await std::move(starting);
    if (!c) co_return fail(c.error());
    std::cout << "started" << std::endl;
    std::array<char, 1> byte;
    auto waiting = own.read_some(byte);
    (void)co_await std::move(waiting);
    auto copying = copy_output(*c, nullptr);
    auto const copied = co_await std::move(copying);
    if (!copied) co_return fail(copied.error());
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    std::cout << *copied << " " << used.ru_maxrss << std::endl;
    co_return 0;
}

asio::awaitable<void> until_input_ends(std::shared_ptr<session> s) {
    standard_streams own(co_await asio::this_coro::executor);
    std::array<char, 4096> chunk;
    while (true) {
        auto reading = own.read_some(chunk);
        auto const n = co_await std::move(reading);
        if (!n || *n == 0) break;
    }
    auto closing = s->close(2s);
    co_await std::move(closing);
}

asio::awaitable<int> hold(std::shared_ptr<session> s, words) {
    std::cout << "connected" << std::endl;
    async::spawn_task(co_await asio::this_coro::executor, "input", until_input_ends(s));
    auto waiting = s->wait_for_end();
    auto const why = co_await std::move(waiting);
    std::cout << "ended: " << why.what << std::endl;
    co_return 0;
}

asio::awaitable<int> tunnel(std::shared_ptr<session> s, words args) {
    tcp_place const listen{"127.0.0.1", static_cast<std::uint16_t>(std::stoi(args.at(1)))};
    tcp_place const to{args.at(2), static_cast<std::uint16_t>(std::stoi(args.at(3)))};
    auto const executor = co_await asio::this_coro::executor;
    auto made = result<std::unique_ptr<forward>>(error{});
    if (args[0] == "local") {
        made = forward::local(executor, s, listen, to);
    } else {
        auto making = forward::remote(s, listen, to);
        made = co_await std::move(making);
    }
    if (!made) co_return fail(made.error());
    std::cout << "port " << (*made)->port() << std::endl;
    auto waiting = until_input_ends(s);
    co_await std::move(waiting);
    co_return 0;
}

asio::awaitable<int> run(words args) {
    auto world = this_machine();
    world.files = {args.at(0)};
    auto const to = parse_destination(args.at(1));
    if (!to) co_return fail(to.error());
    auto found = resolve_route(*to, world);
    if (!found) co_return fail(found.error());
    for (auto const& note : found->notes)
        std::cerr << note << "\n";
    auto connecting = session::connect(std::move(found->hosts), {6s, 10s, 5s});
    auto const s = co_await std::move(connecting);
    if (!s) co_return fail(s.error());

    auto const verb = args.at(2);
    words rest(args.begin() + 3, args.end());
    if (verb == "local" || verb == "remote") rest.insert(rest.begin(), verb);
    auto const does = verb == "exec"    ? exec
                      : verb == "unix"  ? unix_socket
                      : verb == "many"  ? many
                      : verb == "stall" ? stall
                      : verb == "hold"  ? hold
                                        : tunnel;
    auto doing = does(*s, rest);
    co_return co_await std::move(doing);
}

} // namespace
} // namespace daskd::ssh

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    boost::asio::io_context io(1);
    int code = 255;
    boost::asio::co_spawn(io, daskd::ssh::run({argv + 1, argv + argc}),
                          [&](std::exception_ptr failure, int outcome) {
                              code = failure ? 254 : outcome;
                              io.stop();
                          });
    io.run();
    return code;
}
