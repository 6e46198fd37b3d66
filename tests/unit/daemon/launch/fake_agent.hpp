#pragma once

#include "daemon/async/json_connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace daskd::test {

/// A child that sleeps, in a session of its own as launches are; ended and reaped with this object.
class sleeper {
public:
    sleeper() : pid_(::fork()) {
        if (pid_ != 0) return;
        ::setsid();
        ::close_range(3, ~0U, 0); // or it would hold the agent's sockets open
        ::execlp("sleep", "sleep", "60", nullptr);
        ::_exit(127);
    }
    ~sleeper() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    sleeper(sleeper const&) = delete;
    sleeper& operator=(sleeper const&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    void kill() const { ::kill(pid_, SIGKILL); }

private:
    pid_t pid_;
};

/// Listens where a host agent would, keeps what it is told, and says what a test wants said.
class fake_agent {
public:
    fake_agent(boost::asio::io_context& io, std::filesystem::path const& path)
        : acceptor_(io, path.string()) {
        accept();
    }
    ~fake_agent() { die(); }
    fake_agent(fake_agent const&) = delete;
    fake_agent& operator=(fake_agent const&) = delete;

    void say(json const& message) { connection_->send(message); }
    void hang_up() {
        if (auto const c = std::exchange(connection_, nullptr)) c->close();
    }
    void die() {
        boost::system::error_code ec;
        acceptor_.close(ec);
        hang_up();
    }
    /// What it heard last of this kind.
    [[nodiscard]] json last(std::string const& op) const {
        auto const found = std::find_if(heard.rbegin(), heard.rend(),
                                        [&](json const& m) { return m.value("op", "") == op; });
        return found == heard.rend() ? json() : *found;
    }
    [[nodiscard]] std::size_t count(std::string const& op) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(heard, [&](json const& m) { return m.value("op", "") == op; }));
    }

    std::vector<json> heard;
    std::size_t connections = 0;

private:
    void accept() {
        acceptor_.async_accept(
            [this](boost::system::error_code ec, boost::asio::local::stream_protocol::socket socket) {
                if (ec) return;
                ++connections;
                connection_ = std::make_shared<async::json_connection>(std::move(socket));
                connection_->start({[this](json m) { heard.push_back(std::move(m)); }, {}});
                accept();
            });
    }

    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::shared_ptr<async::json_connection> connection_;
};

} // namespace daskd::test
