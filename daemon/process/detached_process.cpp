#include "daemon/process/detached_process.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/async/unique_fd.hpp"
#include "daemon/process/pid_watch.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <system_error>
#include <utility>

namespace daskd::process {
namespace {

boost::asio::awaitable<void> observe(pid_watch watch, pid_t child, exit_observer on_exit) {
    auto const status = co_await reap(std::move(watch), child);
    if (on_exit) on_exit(status);
}

} // namespace

result<process_id> start_detached(boost::asio::any_io_executor const& executor, program const& p,
                                  std::filesystem::path const& output, exit_observer on_exit) {
    async::unique_fd const in(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    async::unique_fd const out(::open(output.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!in || !out)
        return error{errc::failed,
                     "cannot open " + output.string() + ": " + std::system_category().message(errno),
                     "see: ls -l " + output.string()};

    auto const child = spawn(executor, p, {in.get(), out.get(), out.get()});
    if (!child) return child.error();
    // One that has ended already is a zombie until `observe` reaps it: its pid is still its own.
    auto const id = identify(*child).value_or(process_id{*child, 0, boot_id()});
    auto watch = pid_watch::open_child(executor, *child);
    if (!watch) {
        ::kill(*child, SIGKILL);
        reap_later(executor, *child);
        return watch.error();
    }
    async::spawn_task(executor, "watch over " + p.argv.front(),
                      observe(std::move(*watch), *child, std::move(on_exit)));
    return id;
}

} // namespace daskd::process
