#include "daemon/rpc/handlers/handlers.hpp"
#include "daemon/rpc/session.hpp"

namespace daskd::rpc {
namespace {

/// A subscriber with this much unread gets no events until it has caught up; then it is told from where to
/// resume.
constexpr std::size_t max_unread_bytes = std::size_t{1} << 20;

result<json> read(handler_context& c, call const& request) {
    parameters p(request.params);
    auto const since = p.get<std::uint64_t>("since", 0);
    auto const limit = p.get<std::size_t>("limit", 1000);
    if (auto const wrong = p.problem()) return *wrong;
    auto const& history = c.supervisor.history();
    json events = json::array();
    for (auto const& e : history.read(since, limit))
        events.push_back(to_json(e));
    return json{
        {"events", std::move(events)}, {"first_seq", history.first_seq()}, {"last_seq", history.last_seq()}};
}

/// Passes events on to one subscriber, and keeps count of what it missed.
struct subscription {
    std::weak_ptr<session> client;
    bool is_lagging = false;

    void pass_on(state::event const& e) {
        auto const s = client.lock();
        if (!s || !s->is_open()) return;
        if (s->unread_bytes() > max_unread_bytes) {
            is_lagging = true;
            return;
        }
        // Everything before this event that it missed can be had by events.read.
        if (std::exchange(is_lagging, false)) s->notify("lagged", {{"seq", e.seq - 1}});
        s->notify("event", to_json(e));
    }
};

result<json> subscribe(handler_context& c, call const& request) {
    parameters p(request.params);
    auto const since = p.get<std::uint64_t>("since");
    if (auto const wrong = p.problem()) return *wrong;
    auto const client = request.client.lock();
    if (!client) return error{errc::failed, "the client is gone", ""};

    auto const last = c.supervisor.history().last_seq();
    if (since)
        for (auto const& e : c.supervisor.history().read(*since, state::event_log::max_events))
            client->notify("event", to_json(e));
    auto const subscribed = std::make_shared<subscription>(subscription{client});
    auto const id =
        c.supervisor.add_listener([subscribed](state::event const& e) { subscribed->pass_on(e); });
    client->on_close([&c, id] { c.supervisor.remove_listener(id); });
    return json{{"last_seq", last}};
}

} // namespace

void add_event_methods(dispatcher& d, handler_context& c) {
    d.add("events.read", immediate_handler([&c](call const& r) { return read(c, r); }));
    d.add("events.subscribe", immediate_handler([&c](call const& r) { return subscribe(c, r); }));
}

} // namespace daskd::rpc
