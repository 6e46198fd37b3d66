#include "daemon/process/short_command.hpp"

#include "daemon/async/deadline.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/async/unique_fd.hpp"
#include "daemon/process/pid_watch.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <sys/mman.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace daskd::process {
namespace {

namespace asio = boost::asio;

/// One output of the command: our end of the pipe, and what came out of it.
struct capture {
    asio::posix::stream_descriptor pipe;
    std::string text;
    bool was_cut = false;

    /// Takes what is in the pipe now; false at its end.
    bool take() {
        std::array<char, 16 * 1024> chunk;
        boost::system::error_code ec;
        while (true) {
            auto const n = pipe.read_some(asio::buffer(chunk), ec);
            if (ec) return ec == asio::error::would_block;
            auto const room = max_command_output_bytes - text.size();
            was_cut = was_cut || n > room;
            text.append(chunk.data(), std::min(n, room));
        }
    }
};

/// Keeps the pipe empty, so that the command never waits for us. Waits first and reads then: an asynchronous
/// read could hold bytes that the command's end has to see.
asio::awaitable<void> drain(std::shared_ptr<capture> output) {
    boost::system::error_code ec;
    while (!ec && output->take())
        co_await output->pipe.async_wait(asio::posix::stream_descriptor::wait_read,
                                         asio::redirect_error(asio::use_awaitable, ec));
}

/// A running command and its outputs. Whatever happens, destroying it ends the session and the pipes: their
/// end of file may never come, since a process left in the background may hold the other end.
class running_command {
public:
    running_command(asio::any_io_executor const& executor, pid_t child, int out, int err)
        : executor_(executor),
          child_(child),
          out_(std::make_shared<capture>(capture{asio::posix::stream_descriptor(executor, out), {}, false})),
          err_(std::make_shared<capture>(capture{asio::posix::stream_descriptor(executor, err), {}, false})) {
        out_->pipe.non_blocking(true);
        err_->pipe.non_blocking(true);
        async::spawn_task(executor, "command output", drain(out_));
        async::spawn_task(executor, "command error output", drain(err_));
    }
    ~running_command() {
        boost::system::error_code ignored;
        out_->pipe.close(ignored);
        err_->pipe.close(ignored);
        if (is_reaped_) return;
        ::kill(-child_, SIGKILL);
        reap_later(executor_, child_);
    }
    running_command(running_command const&) = delete;
    running_command& operator=(running_command const&) = delete;

    /// Only after its end.
    [[nodiscard]] command_outcome outcome() {
        command_outcome done;
        is_reaped_ = ::waitpid(child_, &done.wait_status, WNOHANG) == child_;
        out_->take();
        err_->take();
        done.out = std::move(out_->text);
        done.err = std::move(err_->text);
        done.was_cut = out_->was_cut || err_->was_cut;
        return done;
    }

private:
    asio::any_io_executor executor_;
    pid_t child_;
    bool is_reaped_ = false;
    std::shared_ptr<capture> out_;
    std::shared_ptr<capture> err_;
};

/// To be read from its beginning; as a file, so that nobody has to feed a pipe.
async::unique_fd as_input(std::string const& text) {
    if (text.empty()) return async::unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    async::unique_fd file(::memfd_create("input", MFD_CLOEXEC));
    for (std::size_t written = 0; file && written < text.size();) {
        auto const n = ::write(file.get(), text.data() + written, text.size() - written);
        if (n < 0) return {};
        written += static_cast<std::size_t>(n);
    }
    if (file) ::lseek(file.get(), 0, SEEK_SET);
    return file;
}

asio::awaitable<result<command_outcome>> run(program p, std::string input) {
    auto const executor = co_await asio::this_coro::executor;
    int out[2];
    int err[2];
    auto const cannot = [&](std::string const& what) {
        return error{errc::failed, "cannot run " + p.argv.front() + ": " + what, ""};
    };
    if (::pipe2(out, O_CLOEXEC) != 0) co_return cannot(std::system_category().message(errno));
    async::unique_fd our_out(out[0]);
    async::unique_fd their_out(out[1]);
    if (::pipe2(err, O_CLOEXEC) != 0) co_return cannot(std::system_category().message(errno));
    async::unique_fd our_err(err[0]);
    async::unique_fd their_err(err[1]);
    auto const in = as_input(input);
    if (!in) co_return cannot(std::system_category().message(errno));

    auto const child = spawn(executor, p, {in.get(), their_out.get(), their_err.get()});
    if (!child) co_return child.error();
    running_command command(executor, *child, our_out.release(), our_err.release());
    their_out.reset();
    their_err.reset();
    auto watch = pid_watch::open_child(executor, *child);
    if (!watch) co_return watch.error();
    co_await watch->wait();
    co_return command.outcome();
}

} // namespace

asio::awaitable<result<command_outcome>> run_command(program p, std::chrono::milliseconds limit,
                                                     std::string input) {
    auto const name = p.argv.front();
    co_return co_await async::with_deadline(run(std::move(p), std::move(input)), limit, name);
}

} // namespace daskd::process
