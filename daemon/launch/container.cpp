#include "daemon/launch/container.hpp"

#include "common/join.hpp"
#include "daemon/async/line_splitter.hpp"
#include "daemon/async/notifier.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/async/unique_fd.hpp"
#include "daemon/process/pid_watch.hpp"
#include "daemon/process/short_command.hpp"
#include "daemon/process/spawn.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <sstream>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// What agent/enter.py says.
constexpr std::string_view listening = "daskd-agent: listening";

constexpr std::size_t lines_kept = 20;
constexpr std::size_t longest_line = 4096;

/// For questions and removals; a busy engine may need seconds.
constexpr auto patience = 60s;

/// A file without a name that holds `text`, ready to be read.
result<async::unique_fd> as_file(std::string const& text) {
    async::unique_fd fd(::memfd_create("daskd", MFD_CLOEXEC));
    if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::lseek(fd.get(), 0, SEEK_SET) != 0)
        return system_error("cannot hand over the environment");
    return fd;
}

/// As the shell has it.
int exit_code_of(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

/// In daskd's own environment: what the engine goes by (HOME, DOCKER_HOST …) is not the pool's to say.
process::program engine_command(words argv) {
    process::program p;
    p.argv = std::move(argv);
    p.env = process::own_environment();
    return p;
}

} // namespace

/// A running program of the engine, and what it says; shared with the tasks that watch it.
struct container::client {
    client(asio::any_io_executor const& executor, int output, async::unique_fd log_file)
        : pipe(executor, output), log(std::move(log_file)) {
        pipe.non_blocking(true);
    }

    asio::posix::stream_descriptor pipe;
    async::unique_fd log;
    async::line_splitter splitter{longest_line};
    words last_lines;
    bool listens = false;
    std::optional<int> exit_code;
    async::notifier changed;

    /// Takes what is in the pipe now; false at its end.
    bool take() {
        std::array<char, 16 * 1024> chunk;
        boost::system::error_code ec;
        while (true) {
            auto const n = pipe.read_some(asio::buffer(chunk), ec);
            if (ec) return ec == asio::error::would_block;
            (void)!::write(log.get(), chunk.data(), n); // a full disk must not end the start
            splitter.append({chunk.data(), n});
            while (true) {
                if (auto const line = splitter.next())
                    note(std::string(*line));
                else if (splitter.is_overlong())
                    note(splitter.cut());
                else
                    break;
            }
        }
    }

    static asio::awaitable<void> read(std::shared_ptr<client> self) {
        boost::system::error_code ec;
        while (!ec && self->take())
            co_await self->pipe.async_wait(asio::posix::stream_descriptor::wait_read,
                                           asio::redirect_error(asio::use_awaitable, ec));
    }

    static asio::awaitable<void> watch(std::shared_ptr<client> self, process::pid_watch child, pid_t pid) {
        auto const status = co_await process::reap(std::move(child), pid);
        if (self->pipe.is_open()) self->take();
        self->exit_code = exit_code_of(status);
        self->changed.notify_all();
    }

private:
    void note(std::string line) {
        if (line == listening) {
            listens = true;
            return changed.notify_all();
        }
        if (line.empty()) return;
        last_lines.push_back(std::move(line));
        if (last_lines.size() > lines_kept) last_lines.erase(last_lines.begin());
    }
};

container::container(asio::any_io_executor executor, core::agent_spec spec, cluster_paths paths,
                     callbacks calls)
    : executor_(std::move(executor)),
      spec_(std::move(spec)),
      container_(spec_.container.value()),
      paths_(std::move(paths)),
      log_(paths_.log_file("agent-" + spec_.id)),
      calls_(std::move(calls)) {}

container_identity container::identity() const {
    std::ostringstream start;
    start << std::hex << std::random_device{}();
    return {paths_.cluster, spec_.id, paths_.runtime_dir.string(),
            "daskd-" + paths_.cluster + "-" + spec_.id + "-" + start.str(),
            std::to_string(::getuid()) + ":" + std::to_string(::getgid())};
}

words container::agent_words() const {
    words line{spec_.python, paths_.agent_program().string(),        "enter",   "--id",          spec_.id,
               "--socket",   paths_.agent_socket(spec_.id).string(), "--image", container_.image};
    if (!spec_.warm.empty()) line.insert(line.end(), {"--warm", join(spec_.warm, ",")});
    return line;
}

std::string container::first_words() const {
    return json{{"environment", spec_.env}, {"cwd", spec_.cwd}, {"log", log_.string()}}.dump();
}

asio::awaitable<result<std::shared_ptr<container::client>>> container::run(words argv, std::string input) {
    auto in = as_file(input);
    if (!in) co_return in.error();
    async::unique_fd log(::open(log_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!log) co_return system_error("cannot open " + log_.string());
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) co_return system_error("cannot run " + argv.front());
    auto const running = std::make_shared<client>(executor_, ends[0], std::move(log));
    async::unique_fd their_end(ends[1]);

    auto program = engine_command(std::move(argv));
    program.cwd = spec_.cwd;
    auto const pid = process::spawn(executor_, program, {in->get(), their_end.get(), their_end.get()});
    if (!pid) co_return pid.error();
    their_end.reset();
    auto watch = process::pid_watch::open_child(executor_, *pid);
    if (!watch) co_return watch.error();
    client_ = *pid;
    async::spawn_task(executor_, "output of a container engine", client::read(running));
    async::spawn_task(executor_, "end of a container engine",
                      client::watch(running, std::move(*watch), *pid));
    while (!running->listens && !running->exit_code)
        co_await running->changed.wait(std::nullopt);
    client_.reset();

    // Its container goes on without it; apptainer's is the program itself.
    if (!running->exit_code && container_.engine != config::container_engine::apptainer)
        ::kill(*pid, SIGKILL);
    running->pipe.close();
    co_return running;
}

asio::awaitable<result<void>> container::start() {
    auto const self = shared_from_this();
    std::error_code ignored; // the engine says better what is wrong with a directory
    for (auto const& directory : container_.directories)
        std::filesystem::create_directories(directory, ignored);

    auto first = try_start();
    auto const started = co_await std::move(first);
    if (started || started.error().code == errc::bad_configuration) co_return started;
    auto asked = may_have_image();
    auto const may_be_here = co_await std::move(asked);
    if (may_be_here || is_abandoned_) co_return started;
    auto fetching = fetch_image();
    auto const fetched = co_await std::move(fetching);
    if (!fetched || is_abandoned_) co_return fetched;
    auto second = try_start();
    co_return co_await std::move(second);
}

asio::awaitable<result<void>> container::try_start() {
    auto line = calls_.scope();
    auto const command =
        run_command_line(container_, identity(), spec_.cwd,
                         {paths_.runtime_dir.string(), paths_.state_dir.string()}, agent_words());
    line.insert(line.end(), command.begin(), command.end());
    spdlog::info("starting host agent {}: {}", spec_.id, join(line, " "));
    auto running = run(line, first_words());
    auto const ran = co_await std::move(running);
    if (!ran) co_return ran.error();
    auto const& done = **ran;
    if (done.listens) co_return result<void>{};
    co_return explain_failure(container_, spec_.python, *done.exit_code, done.last_lines);
}

/// False only if the engine says that it has not.
asio::awaitable<bool> container::may_have_image() {
    auto const query = image_query(container_);
    if (query.empty()) co_return true;
    auto asking = process::run_command(engine_command(query), patience);
    auto const answer = co_await std::move(asking);
    co_return !answer || answer->succeeded();
}

asio::awaitable<result<void>> container::fetch_image() {
    auto const line = pull_command_line(container_);
    calls_.on_news("image " + container_.image + " is not here: fetching it (" + join(line, " ") + "); see " +
                   log_.string());
    auto pulling = run(line, "");
    auto const ran = co_await std::move(pulling);
    if (!ran) co_return ran.error();
    auto const& done = **ran;
    if (done.exit_code == 0) co_return result<void>{};
    co_return explain_missing_image(container_, done.last_lines);
}

void container::abandon() {
    is_abandoned_ = true;
    if (client_) ::kill(-*client_, SIGKILL); // it leads a session of its own
}

asio::awaitable<void> container::remove() {
    auto const self = shared_from_this();
    auto const query = list_command_line(container_, identity());
    if (query.empty()) co_return;
    auto asking = process::run_command(engine_command(query), patience);
    auto const listed = co_await std::move(asking);
    if (!listed || !listed->succeeded()) {
        spdlog::warn("{}: {}", join(query, " "), listed ? listed->err : listed.error().what);
        co_return;
    }
    words ids;
    std::istringstream lines(listed->out);
    for (std::string id; lines >> id;)
        ids.push_back(id);
    if (ids.empty()) co_return;
    auto const line = remove_command_line(container_, ids);
    auto removing = process::run_command(engine_command(line), patience);
    auto const removed = co_await std::move(removing);
    // One that ends by itself may be gone meanwhile.
    if (!removed || !removed->succeeded())
        spdlog::info("{}: {}", join(line, " "), removed ? removed->err : removed.error().what);
}

} // namespace daskd::launch
