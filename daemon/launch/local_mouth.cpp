#include "daemon/launch/local_mouth.hpp"

#include "daemon/async/spawn_task.hpp"
#include "daemon/async/unix_socket.hpp"
#include "daemon/launch/agent_file.hpp"
#include "daemon/process/find_python.hpp"
#include "daemon/process/pid_watch.hpp"
#include "daemon/process/spawn.hpp"
#include "daemon/ssh/socket_stream.hpp"

#include <spdlog/spdlog.h>

#include <cstring>
#include <fcntl.h>

namespace daskd::launch {

namespace asio = boost::asio;

result<std::shared_ptr<ssh::byte_stream>> local_mouth::connect() const {
    auto const path = paths_.tunnel_socket().string();
    auto socket = async::connect_unix(executor_, path);
    if (!socket && socket.error().code != errc::busy) {
        if (auto started = start(); !started) return started.error();
        socket = async::connect_unix(executor_, path);
    }
    if (!socket) return socket.error();
    return std::make_shared<ssh::socket_stream>(*std::move(socket));
}

result<void> local_mouth::start() const {
    // It needs nothing but Python itself.
    auto const python =
        process::find_on_path("python3", "/usr/bin:/usr/local/bin:/bin", process::is_executable);
    if (python.empty())
        return error{errc::bad_configuration, "tunnels need a python3 on this machine", "install python3"};
    if (auto written = write_agent_program(paths_); !written) return written;
    auto listening = listen_for_child(paths_.tunnel_socket());
    if (!listening) return listening.error();
    auto const log_file = paths_.log_file("tunnel");
    async::unique_fd log(::open(log_file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!log) log.reset(::open("/dev/null", O_WRONLY | O_CLOEXEC));

    process::program p;
    p.argv = scope_();
    p.argv.insert(p.argv.end(),
                  {python, paths_.agent_program().string(), "mouth", paths_.tunnel_socket().string()});
    p.env = process::own_environment();
    auto const pid = process::spawn(executor_, p, {listening->get(), log.get(), log.get()});
    if (!pid) return pid.error();
    spdlog::info("started the tunnel's mouth (pid {})", *pid);
    async::spawn_task(executor_, "mouth of the tunnel", reap(executor_, *pid));
    return {};
}

asio::awaitable<void> local_mouth::reap(asio::any_io_executor executor, pid_t child) {
    auto watch = process::pid_watch::open_child(executor, child);
    if (!watch) co_return;
    auto const status = co_await process::reap(std::move(*watch), child);
    spdlog::info("the tunnel's mouth (pid {}) ended with status {}", child, status);
}

} // namespace daskd::launch
