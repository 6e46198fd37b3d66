#include "daemon/survey/listeners.hpp"

#include "common/read_file.hpp"
#include "daemon/survey/accounts.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

namespace daskd::survey {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view listening = "0A"; // TCP_LISTEN

template <class Number>
std::optional<Number> number_in(std::string_view text, int base) {
    Number number{};
    auto const* end = text.data() + text.size();
    auto const [stop, failure] = std::from_chars(text.data(), end, number, base);
    if (failure != std::errc{} || stop != end) return std::nullopt;
    return number;
}

/// The pid of a process of ours, or any for root, that has the socket open; 0: none that we may see.
int holder_of(std::uint64_t inode) {
    auto const wanted = "socket:[" + std::to_string(inode) + "]";
    std::error_code ec;
    for (auto const& process : fs::directory_iterator("/proc", ec)) {
        auto const pid = number_in<int>(process.path().filename().string(), 10);
        if (!pid) continue;
        std::error_code hidden;
        for (auto const& open : fs::directory_iterator(process.path() / "fd", hidden)) {
            std::error_code gone;
            if (fs::read_symlink(open.path(), gone) == wanted) return *pid;
        }
    }
    return 0;
}

} // namespace

std::vector<listening_socket> parse_listening(std::string const& text) {
    std::vector<listening_socket> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream in(line);
        std::string number;
        std::string local;
        std::string remote;
        std::string state;
        std::string rest[3];
        std::string user;
        std::string timeout;
        std::string inode;
        in >> number >> local >> remote >> state >> rest[0] >> rest[1] >> rest[2] >> user >> timeout >> inode;
        if (!in || state != listening) continue;
        auto const port = number_in<int>(std::string_view(local).substr(local.rfind(':') + 1), 16);
        auto const owner = number_in<uid_t>(user, 10);
        auto const id = number_in<std::uint64_t>(inode, 10);
        if (port && owner && id) found.push_back({*port, *owner, *id});
    }
    return found;
}

std::optional<doctor::listener> listener_on(int port) {
    for (auto const* file : {"/proc/net/tcp", "/proc/net/tcp6"}) {
        auto const sockets = parse_listening(read_file(file).value_or(""));
        auto const it = std::ranges::find(sockets, port, &listening_socket::port);
        if (it == sockets.end()) continue;
        doctor::listener found;
        found.pid = holder_of(it->inode);
        found.user = user_name(it->user);
        if (found.pid != 0) {
            found.program = read_file("/proc/" + std::to_string(found.pid) + "/comm").value_or("?");
            while (found.program.ends_with('\n'))
                found.program.pop_back();
        }
        return found;
    }
    return std::nullopt;
}

} // namespace daskd::survey
