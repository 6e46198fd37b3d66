#include "daemon/app/other_daemon.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <thread>

namespace daskd::app {
namespace {

constexpr std::chrono::milliseconds pause{10};

bool answers(std::filesystem::path const& control_socket) {
    using boost::asio::local::stream_protocol;
    boost::asio::io_context io;
    stream_protocol::socket socket(io);
    boost::system::error_code ec;
    socket.connect(stream_protocol::endpoint(control_socket.string()), ec);
    return !ec;
}

} // namespace

bool wait_until_served(std::filesystem::path const& control_socket, std::chrono::milliseconds limit) {
    auto const until = std::chrono::steady_clock::now() + limit;
    while (!answers(control_socket)) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

} // namespace daskd::app
