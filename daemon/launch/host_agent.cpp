#include "daemon/launch/host_agent.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::launch {
namespace {

/// Longer than it takes to fork a hundred workers on a busy machine.
constexpr std::chrono::seconds answer_limit{10};
/// Longer than it takes to import from a slow disk.
constexpr std::chrono::seconds greeting_limit{30};

/// An agent of another daskd's time.
std::string wrong_protocol(int lowest, int highest) {
    auto const range = [](int from, int to) {
        return std::to_string(from) + (from == to ? "" : " to " + std::to_string(to));
    };
    return "the host agent that runs speaks protocol " + range(lowest, highest) + ", this daskd " +
           range(agent_link::lowest_protocol, agent_link::highest_protocol) +
           "; what it has goes on: use the daskd that started it, or end it with that one's `daskctl down`";
}

} // namespace

host_agent::host_agent(boost::asio::any_io_executor executor, std::string id,
                       std::shared_ptr<agent_transport> transport, json hello, callbacks calls)
    : id_(std::move(id)),
      transport_(std::move(transport)),
      hello_(std::move(hello)),
      calls_(std::move(calls)),
      patience_(executor) {}

void host_agent::start() {
    transport_->open([self = shared_from_this()](result<agent_transport::stream> stream) {
        if (self->has_left_) return;
        if (!stream) return self->calls_.on_failed(stream.error());
        self->serve(*std::move(stream));
    });
}

void host_agent::serve(agent_transport::stream connection) {
    connection_ = std::move(connection);
    has_greeted_ = false;
    connection_->start({[self = shared_from_this()](json const& value) { self->on_message(value); },
                        [self = shared_from_this()](std::string const& why) { self->on_close(why); }});
    connection_->send(hello_);
    wait_for_answer(greeting_limit);
}

void host_agent::on_message(json const& value) {
    auto parsed = agent_link::read_message(value);
    if (!parsed) {
        spdlog::warn("agent {}: {}", id_, parsed.error().what);
        return;
    }
    if (auto const* h = std::get_if<agent_link::hello>(&*parsed)) {
        if (h->protocol < agent_link::lowest_protocol || h->protocol > agent_link::highest_protocol)
            return refuse(wrong_protocol(h->protocol, h->protocol));
        facts_ = h->facts;
        has_greeted_ = true;
    }
    if (auto const* f = std::get_if<agent_link::fatal>(&*parsed))
        return refuse(one_line(transport_->explain_fatal({errc::bad_configuration, f->text, f->hint})));
    if (auto const* r = std::get_if<agent_link::refused>(&*parsed))
        return refuse(wrong_protocol(r->lowest, r->highest));
    has_spoken();
    calls_.on_message(std::move(*parsed));
}

/// It cannot be used, now or later.
void host_agent::refuse(std::string const& text) {
    auto const failed = calls_.on_failed;
    leave();
    failed({errc::bad_configuration, text, ""});
}

void host_agent::expect_answer() {
    if (!has_greeted_ || !connection_ || is_awaited_) return; // its greeting is awaited anyway
    send(agent_link::ping_op());
    wait_for_answer(answer_limit);
}

void host_agent::wait_for_answer(std::chrono::seconds limit) {
    is_awaited_ = true;
    patience_.expires_after(limit);
    patience_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
        auto const self = weak.lock();
        if (ec || !self || !self->is_awaited_ || self->has_left_) return;
        self->is_silent_ = true;
        self->calls_.on_silence(true);
    });
}

void host_agent::has_spoken() {
    if (is_awaited_) stop_waiting();
    if (std::exchange(is_silent_, false)) calls_.on_silence(false);
}

void host_agent::stop_waiting() {
    is_awaited_ = false;
    patience_.cancel();
}

void host_agent::on_close(std::string const& why) {
    spdlog::debug("agent {}: connection closed: {}", id_, why);
    connection_.reset();
    stop_waiting();
    is_silent_ = false; // it is gone, or begins anew
    if (!facts_)
        return calls_.on_failed(
            {errc::failed, "the host agent ended before it was ready; see " + transport_->where_to_look(),
             ""});
    // It may have dropped a daskd that read too slowly: then it lives, and tells all again.
    transport_->reopen([self = shared_from_this(), why](result<agent_transport::stream> again) {
        if (self->has_left_) return;
        if (again) return self->serve(*std::move(again));
        self->calls_.on_lost(why);
    });
}

void host_agent::send(json const& op) {
    if (connection_ && has_greeted_) connection_->send(op);
}

void host_agent::leave(bool goodbye) {
    if (connection_ && goodbye) connection_->send(agent_link::goodbye_op());
    if (connection_) connection_->close();
    connection_.reset();
    has_left_ = true;
    stop_waiting();
    calls_ = {};
}

void host_agent::shut_down(std::function<void()> on_ended) {
    if (connection_) connection_->send(agent_link::shutdown_op());
    transport_->make_sure_it_ends(facts_ ? std::optional(facts_->pid) : std::nullopt, std::move(on_ended));
    leave();
}

} // namespace daskd::launch
