#include "daemon/launch/tunnels.hpp"

#include "daemon/async/spawn_task.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace daskd::launch {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto pause_between_starts = 1s;

/// However it ends, the next one gets its turn.
class turn {
public:
    turn(std::set<std::string>& taken, std::string name, async::notifier& over)
        : taken_(taken), name_(std::move(name)), over_(over) {
        taken_.insert(name_);
    }
    ~turn() {
        taken_.erase(name_);
        over_.notify_all();
    }
    turn(turn const&) = delete;
    turn& operator=(turn const&) = delete;

private:
    std::set<std::string>& taken_;
    std::string name_;
    async::notifier& over_;
};

error no_scheduler_port(int port, std::string const& why) {
    auto const text = std::to_string(port);
    return {errc::bad_configuration,
            "port " + text + ", at which its workers reach the scheduler, cannot be had there: " + why,
            "end the program that has it, or set daskd.scheduler.port to one that is free on all hosts; "
            "then: daskctl down, daskctl up"};
}

} // namespace

tunnels::tunnels(asio::any_io_executor executor, local_mouth here, tunnel::junction::callbacks calls)
    : executor_(std::move(executor)), here_(std::move(here)), calls_(std::move(calls)) {
    junction_ = std::make_shared<tunnel::junction>(
        executor_, tunnel::junction::callbacks{calls_.on_port_taken,
                                               [this](std::string const& name) { on_lost(name); }});
}

void tunnels::set_routes(tunnel::port_homes homes, std::optional<int> scheduler,
                         std::chrono::milliseconds tolerance) {
    scheduler_ = scheduler;
    if (scheduler) homes[*scheduler] = tunnel::here;
    junction_->set_routes(std::move(homes), tolerance);
}

void tunnels::need(user const& who) {
    needed_[who.host][who.agent] = who.launcher;
}

asio::awaitable<result<void>> tunnels::open(std::string name, std::shared_ptr<ssh::session> session,
                                            std::string path, std::string python) {
    auto const self = shared_from_this();
    auto opening_here = open_here();
    auto const is_open_here = co_await std::move(opening_here);
    if (!is_open_here) co_return is_open_here;
    while (opening_.contains(name)) {
        auto waiting = opened_.wait({});
        co_await std::move(waiting);
    }
    if (junction_->is_attached(name)) co_return result<void>{};
    turn const ours(opening_, name, opened_);
    auto connecting = session->connect_unix(std::move(path), std::move(python));
    auto link = co_await std::move(connecting);
    if (!link) co_return link.error();
    (*link)->discard_errors();
    auto attaching = attach(name, *std::move(link));
    co_return co_await std::move(attaching);
}

asio::awaitable<result<void>> tunnels::open_here() {
    std::string const name = tunnel::here;
    while (opening_.contains(name)) {
        auto waiting = opened_.wait({});
        co_await std::move(waiting);
    }
    if (junction_->is_attached(name)) co_return result<void>{};
    turn const ours(opening_, name, opened_);
    auto ending = junction_->ended(name);
    co_await std::move(ending);
    auto link = here_.connect();
    if (!link) co_return link.error();
    auto attaching = attach(name, *std::move(link));
    co_return co_await std::move(attaching);
}

asio::awaitable<result<void>> tunnels::attach(std::string name, std::shared_ptr<ssh::byte_stream> link) {
    auto attaching = junction_->attach(name, std::move(link));
    auto const failed = co_await std::move(attaching);
    if (!failed) co_return failed.error();
    auto const it = scheduler_ ? failed->find(*scheduler_) : failed->end();
    if (it == failed->end()) co_return result<void>{};
    auto ending = junction_->end(std::move(name));
    co_await std::move(ending);
    co_return no_scheduler_port(it->first, it->second);
}

asio::awaitable<void> tunnels::end(user who) {
    auto const self = shared_from_this();
    auto& needs = needed_[who.host];
    if (auto const it = needs.find(who.agent); it != needs.end() && it->second == who.launcher)
        needs.erase(it);
    if (!needs.empty()) co_return;
    needed_.erase(who.host);
    auto ending = junction_->end(std::move(who.host));
    co_await std::move(ending);
    if (!needed_.empty()) co_return;
    auto ending_here = junction_->end(tunnel::here);
    co_await std::move(ending_here);
}

void tunnels::leave() {
    has_left_ = true;
    junction_->leave();
}

void tunnels::on_lost(std::string const& name) {
    if (has_left_) return;
    if (name != tunnel::here) return calls_.on_lost(name);
    async::spawn_task(executor_, "mouth of the tunnel", keep_here(shared_from_this()));
}

asio::awaitable<void> tunnels::keep_here(std::shared_ptr<tunnels> self) {
    spdlog::warn("this machine's mouth of the tunnel has ended: another is started");
    while (!self->has_left_ && !self->needed_.empty()) {
        auto opening = self->open_here();
        auto const opened = co_await std::move(opening);
        if (opened) co_return;
        spdlog::warn("tunnel: {}", opened.error().what);
        asio::steady_timer pause(self->executor_, pause_between_starts);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

} // namespace daskd::launch
