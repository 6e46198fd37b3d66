#pragma once

#include "common/json.hpp"
#include "common/rpc_message.hpp"
#include "ctl/unique_fd.hpp"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <vector>

namespace daskd::ctl {

/// A temporary directory, removed at the end.
class scratch_dir {
public:
    scratch_dir() {
        std::string name = std::filesystem::temp_directory_path() / "daskctl-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    scratch_dir(scratch_dir const&) = delete;
    scratch_dir& operator=(scratch_dir const&) = delete;
    ~scratch_dir() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// Listens on a socket and answers each line by what `answer` makes of it: the lines to send, none for
/// silence.
class fake_daemon {
public:
    using answerer = std::function<std::vector<std::string>(json const& question)>;

    fake_daemon(std::filesystem::path const& socket, answerer answer) : answer_(std::move(answer)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
        listener_ = unique_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (::bind(listener_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 ||
            ::listen(listener_.get(), 8) != 0)
            throw std::runtime_error("cannot listen on " + socket.string());
        thread_ = std::jthread([this](std::stop_token const& stop) { serve(stop); });
    }

    /// The methods that were asked for so far, in order.
    [[nodiscard]] std::vector<std::string> asked() {
        std::lock_guard const lock(mutex_);
        return asked_;
    }

private:
    void serve(std::stop_token const& stop) {
        std::vector<pollfd> polled{{listener_.get(), POLLIN, 0}};
        std::vector<unique_fd> peers;
        std::vector<std::string> received;
        while (!stop.stop_requested()) {
            ::poll(polled.data(), polled.size(), 10);
            for (std::size_t i = 1; i < polled.size(); ++i)
                if (polled[i].revents != 0 && !answer_lines(polled[i].fd, received[i - 1])) polled[i].fd = -1;
            if (polled[0].revents != 0) {
                peers.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
                received.emplace_back();
                polled.push_back({peers.back().get(), POLLIN, 0});
            }
        }
    }

    /// False once the peer has gone, or an empty answer line has asked to hang up.
    bool answer_lines(int fd, std::string& received) {
        char chunk[4096];
        auto const got = ::recv(fd, chunk, sizeof chunk, 0);
        if (got <= 0) return false;
        received.append(chunk, static_cast<std::size_t>(got));
        for (std::size_t end = 0; (end = received.find('\n')) != std::string::npos;
             received.erase(0, end + 1)) {
            auto const question = json::parse(received.substr(0, end));
            {
                std::lock_guard const lock(mutex_);
                asked_.push_back(question.value("method", ""));
            }
            for (auto line : answer_(question)) {
                if (line.empty()) {
                    ::shutdown(fd, SHUT_RDWR);
                    return false;
                }
                line += '\n';
                ::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
            }
        }
        return true;
    }

    answerer answer_;
    unique_fd listener_;
    std::mutex mutex_;
    std::vector<std::string> asked_;
    std::jthread thread_; ///< last: it uses the others
};

/// The answer line with `result` to `question`.
inline std::string reply_to(json const& question, json result) {
    return to_line(rpc::make_reply(question.at("id"), std::move(result)));
}

} // namespace daskd::ctl
