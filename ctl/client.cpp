#include "ctl/client.hpp"

#include "common/rpc_message.hpp"

namespace daskd::ctl {
namespace {

bool is_notification(json const& message) {
    return message.is_object() && message.contains("method");
}

/// A reply without an id answers a request that the daemon could not read: that was ours.
bool answers(json const& message, int id) {
    if (!message.is_object()) return false;
    auto const it = message.find("id");
    return it != message.end() && (it->is_null() || *it == id);
}

} // namespace

result<std::optional<client>> client::connect(std::filesystem::path const& socket, uid_t uid) {
    auto connected = line_socket::connect(socket, uid);
    if (!connected) return connected.error();
    if (!*connected) return std::optional<client>();
    return std::optional<client>(client(std::move(**connected)));
}

result<json> client::call(request const& question, std::optional<milliseconds> limit) {
    auto const id = send(question);
    if (!id) return id.error();
    return reply(*id, limit);
}

result<int> client::send(request const& question) {
    int const id = ++last_id_;
    if (auto sent = socket_.write(to_line(rpc::make_request(id, question.method, question.params))); !sent)
        return sent.error();
    return id;
}

result<json> client::reply(int id, std::optional<milliseconds> limit) {
    auto const until = after(limit);
    for (;;) {
        auto message = receive(until);
        if (!message) return message.error();
        if (!*message) {
            auto const pid = std::to_string(socket_.peer_pid());
            return error{errc::no_daemon, "daskd (pid " + pid + ") does not answer",
                         "is it stopped? `ps -o stat,time,wchan -p " + pid +
                             "` tells; killing it leaves the workers running"};
        }
        if (is_notification(**message))
            notifications_.push_back(std::move(**message));
        else if (answers(**message, id))
            return rpc::read_reply(**message);
    }
}

result<std::optional<json>> client::notification(std::optional<milliseconds> limit) {
    if (!notifications_.empty()) {
        std::optional<json> first = std::move(notifications_.front());
        notifications_.pop_front();
        return first;
    }
    auto const until = after(limit);
    for (;;) {
        auto message = receive(until);
        if (!message || !*message || is_notification(**message)) return message;
    }
}

result<std::optional<json>> client::message(milliseconds limit) {
    if (!notifications_.empty()) return notification(limit);
    return receive(after(limit));
}

result<std::optional<json>> client::receive(deadline until) {
    auto line = socket_.read(until);
    if (!line) return line.error();
    if (!*line) return std::optional<json>();
    auto message = parse_json(**line);
    if (!message)
        return error{errc::failed, "daskd sent what is no JSON: " + message.error().what,
                     "are daskctl and daskd of one version? `daskctl daemon restart` renews the daemon"};
    return std::optional<json>(std::move(*message));
}

} // namespace daskd::ctl
