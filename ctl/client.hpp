#pragma once

#include "common/json.hpp"
#include "ctl/line_socket.hpp"

#include <deque>

namespace daskd::ctl {

/// How long a daemon may take for an answer that needs no waiting.
inline constexpr milliseconds answer_limit{5000};

/// What a verb asks of the daemon (daemon/rpc/METHODS.md).
struct request {
    std::string method;
    json params = json::object();
};

/// A conversation with the daemon in JSON-RPC: one question after the other, with notifications in between.
class client {
public:
    /// An empty optional if no daemon listens on `socket`.
    [[nodiscard]] static result<std::optional<client>> connect(std::filesystem::path const& socket,
                                                               uid_t uid);

    /// Asks and waits for the answer: its `result`, or the error that it carries.
    /// No answer within `limit` (none: wait for ever) is `no_daemon`.
    [[nodiscard]] result<json> call(request const& question,
                                    std::optional<milliseconds> limit = answer_limit);

    /// The two halves of `call`: `send` gives the id that `reply` waits for.
    [[nodiscard]] result<int> send(request const& question);
    [[nodiscard]] result<json> reply(int id, std::optional<milliseconds> limit);

    /// The next notification (`method`, `params`); an empty optional if none comes within `limit`.
    [[nodiscard]] result<std::optional<json>> notification(std::optional<milliseconds> limit);

    /// The next reply or notification as it comes; an empty optional if none does within `limit`. For who
    /// asks by `send` and does not wait.
    [[nodiscard]] result<std::optional<json>> message(milliseconds limit);

    /// Readable when something has arrived; for poll().
    [[nodiscard]] int descriptor() const { return socket_.descriptor(); }

    [[nodiscard]] pid_t daemon_pid() const { return socket_.peer_pid(); }

private:
    explicit client(line_socket socket) : socket_(std::move(socket)) {}

    /// The next message of either kind.
    result<std::optional<json>> receive(deadline until);

    line_socket socket_;
    int last_id_ = 0;
    std::deque<json> notifications_; ///< arrived while a reply was awaited
};

} // namespace daskd::ctl
