#pragma once

#include "common/json.hpp"
#include "daemon/async/unique_fd.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace daskd::test {

/// A blocking client of a Unix socket, for a test's own thread. Nothing waits longer than 20 s.
class client {
public:
    explicit client(std::filesystem::path const& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.native().copy(address.sun_path, sizeof address.sun_path - 1);
        timeval const limit{20, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        is_connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }

    [[nodiscard]] bool is_connected() const { return is_connected_; }
    [[nodiscard]] int fd() const { return fd_.get(); }

    /// False if the server has closed the connection.
    bool send(std::string_view text) {
        while (!text.empty()) {
            auto const n = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }

    /// The next line; nullopt at the end of the connection.
    std::optional<std::string> line() {
        std::size_t end = 0;
        while ((end = input_.find('\n')) == std::string::npos) {
            std::array<char, 64 * 1024> chunk;
            auto const n = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
            if (n <= 0) return std::nullopt;
            input_.append(chunk.data(), static_cast<std::size_t>(n));
        }
        auto text = input_.substr(0, end);
        input_.erase(0, end + 1);
        return text;
    }

    /// The next line as JSON; null at the end of the connection.
    json reply() {
        auto const text = line();
        return text ? parse_json(*text).value() : json();
    }

    json ask(std::string_view text) {
        send(std::string(text) + "\n");
        return reply();
    }

    void close_sending() { ::shutdown(fd_.get(), SHUT_WR); }
    void close() { fd_.reset(); }

private:
    async::unique_fd fd_;
    bool is_connected_ = false;
    std::string input_;
};

} // namespace daskd::test
