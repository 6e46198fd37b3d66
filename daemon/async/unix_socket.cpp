#include "daemon/async/unix_socket.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <sys/un.h>

namespace daskd::async {

using boost::asio::local::stream_protocol;

result<stream_protocol::socket> connect_unix(boost::asio::any_io_executor const& executor,
                                             std::string const& path) {
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return error{errc::failed, "cannot connect to " + path + ": the path is too long", ""};
    stream_protocol::socket socket(executor);
    boost::system::error_code ec;
    socket.open(stream_protocol(), ec);
    if (!ec) socket.native_non_blocking(true, ec);
    if (ec) return error{errc::failed, "cannot make a socket: " + ec.message(), ""};
    // Not asio's connect: it takes a full backlog for a connection that is being made (1.81).
    stream_protocol::endpoint const at(path);
    if (::connect(socket.native_handle(), at.data(), static_cast<socklen_t>(at.size())) != 0) {
        if (errno == EAGAIN)
            return error{errc::busy, "who listens on " + path + " takes no connections: is it stopped?", ""};
        return system_error("cannot connect to " + path);
    }
    return socket;
}

bool is_served(boost::asio::any_io_executor const& executor, std::string const& path) {
    auto const connected = connect_unix(executor, path);
    return connected || connected.error().code == errc::busy;
}

} // namespace daskd::async
