#include "ctl/top/session.hpp"

#include "common/rpc_message.hpp"
#include "ctl/top/render.hpp"

#include <array>
#include <cerrno>
#include <poll.h>
#include <unistd.h>

namespace daskd::ctl::top {
namespace {

using clock = std::chrono::steady_clock;

/// Times go on on the screen while nothing is heard.
constexpr int tick_ms = 1000;
/// How often a daemon is looked for where there is none.
constexpr int search_ms = 500;
constexpr std::uint64_t shown_events = model::kept_events;
constexpr int log_lines = 1000;

std::string in_a_line(error const& e) {
    return e.what + (e.hint.empty() ? "" : "; " + e.hint);
}

} // namespace

session::session(context const& ctx, std::unique_ptr<terminal> on, milliseconds interval)
    : ctx_(ctx), terminal_(std::move(on)), interval_(interval) {
    model_.view = down_view(ctx.paths.cluster);
}

result<void> session::run() {
    for (;;) {
        if (!daemon_)
            if (auto done = connect(); !done) return done.error();
        draw();
        if (!wait()) return {};
        if (daemon_) hear_daemon();
        if (log_source_) hear_log();
        if (!take_keys()) return {};
    }
}

result<void> session::connect() {
    auto found = ctx_.find_daemon();
    if (!found) return found.error();
    if (!*found) return {};
    auto& daemon = **found;
    if (auto greeted = greet(daemon); !greeted) {
        // One that is just ending; the next one is another.
        if (greeted.error().code != errc::no_daemon) return greeted.error();
        return {};
    }
    daemon_ = std::move(daemon);
    hear_daemon();
    return {};
}

result<void> session::greet(client& daemon) {
    auto const interval_s = std::chrono::duration<double>(interval_).count();
    auto const status = daemon.call({"cluster.subscribe", {{"interval_s", interval_s}}});
    if (!status) return status.error();
    auto view = cluster_view_from_json(*status);
    if (!view) return view.error();
    auto const subscribed = daemon.call({"events.subscribe"});
    if (!subscribed) return subscribed.error();
    auto const last = subscribed->value("last_seq", std::uint64_t{0});
    auto const since = last > shown_events ? last - shown_events : 0;
    auto const past = daemon.call({"events.read", {{"since", since}, {"limit", last - since}}});
    if (!past) return past.error();
    model_.on_connection(true);
    model_.events.clear();
    for (auto const& event : past->value("events", json::array()))
        model_.on_event(event);
    model_.on_status(std::move(*view), clock::now());
    return {};
}

void session::hear_daemon() {
    for (;;) {
        auto const message = daemon_->message(milliseconds(0));
        if (message && !*message) return;
        if (message) {
            on_message(**message);
            continue;
        }
        daemon_.reset();
        under_way_.clear();
        model_.on_connection(false);
        return;
    }
}

void session::on_message(json const& message) {
    auto const method = message.value("method", "");
    if (method.empty()) return on_reply(message);
    if (method == "event") model_.on_event(message.at("params"));
    if (method != "status") return;
    if (auto view = cluster_view_from_json(message.at("params")))
        model_.on_status(std::move(*view), clock::now());
}

void session::on_reply(json const& message) {
    auto const it = message.find("id");
    if (it == message.end() || !it->is_number_integer()) return;
    auto const known = under_way_.find(it->get<int>());
    if (known == under_way_.end()) return;
    auto const reply = rpc::read_reply(message);
    model_.tell(reply ? known->second.done : in_a_line(reply.error()), !reply);
    under_way_.erase(known);
}

void session::hear_log() {
    for (;;) {
        auto const message = log_source_->message(milliseconds(0));
        if (message && !*message) return;
        if (!message) {
            log_source_.reset();
            if (model_.log) model_.log->problem = "daskd has ended; what follows is not shown";
            return;
        }
        if ((*message)->value("method", "") != "log") continue;
        auto const& params = (*message)->at("params");
        model_.on_log(params.at("name").get<std::string>(),
                      params.at("lines").get<std::vector<std::string>>());
    }
}

bool session::take_keys() {
    while (auto const k = terminal_->read_key()) {
        model_.message.clear();
        auto const page = std::max<std::size_t>(1, model_.log ? terminal_->size().rows - 2
                                                              : lay_out(model_, terminal_->size()).workers);
        if (auto const a = press(model_, *k, page); a && !carry_out(*a)) return false;
    }
    return true;
}

bool session::carry_out(action const& a) {
    if (std::holds_alternative<leave>(a)) return false;
    if (auto const* o = std::get_if<order>(&a)) send(*o);
    if (auto const* wanted = std::get_if<follow_log>(&a)) follow(wanted->name);
    if (std::holds_alternative<close_log>(a)) log_source_.reset();
    return true;
}

void session::send(order const& o) {
    if (!daemon_) return model_.tell("no daskd runs: start the cluster with daskctl up", true);
    auto const id = daemon_->send({o.method, o.params});
    if (!id) return model_.tell(in_a_line(id.error()), true);
    under_way_[*id] = o;
    model_.tell(o.doing + " …");
}

void session::follow(std::string const& name) {
    auto found = ctx_.daemon();
    auto const answer = found ? found->call({"logs.follow", {{"names", {name}}, {"lines", log_lines}}})
                              : result<json>(found.error());
    if (!answer) {
        model_.log->problem = in_a_line(answer.error());
        return;
    }
    log_source_ = std::move(*found);
    for (auto const& log : answer->at("logs"))
        model_.on_log(log.at("name").get<std::string>(), log.at("lines").get<std::vector<std::string>>());
    hear_log();
}

void session::draw() {
    auto const size = terminal_->size();
    model_.scroll_to_selection(lay_out(model_, size).workers);
    terminal_->draw(render(model_, size, clock::now(), terminal_->can_draw()));
}

bool session::wait() {
    std::array<pollfd, 3> sources{{{STDIN_FILENO, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}}};
    if (daemon_) sources[1].fd = daemon_->descriptor();
    if (log_source_) sources[2].fd = log_source_->descriptor();
    int const ready = ::poll(sources.data(), sources.size(), daemon_ ? tick_ms : search_ms);
    if (ready < 0) return errno == EINTR; // the window has changed, perhaps
    return (sources[0].revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

} // namespace daskd::ctl::top
