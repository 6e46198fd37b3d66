#include "daemon/app/other_daemon.hpp"

#include "daemon/async/unix_socket.hpp"

#include <boost/asio/io_context.hpp>

#include <thread>

namespace daskd::app {
namespace {

constexpr std::chrono::milliseconds pause{10};

} // namespace

bool wait_until_served(std::filesystem::path const& control_socket, std::chrono::milliseconds limit) {
    auto const until = std::chrono::steady_clock::now() + limit;
    boost::asio::io_context io;
    while (!async::is_served(io.get_executor(), control_socket)) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

} // namespace daskd::app
