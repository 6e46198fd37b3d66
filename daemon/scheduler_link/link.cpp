#include "daemon/scheduler_link/link.hpp"

#include <spdlog/spdlog.h>

namespace daskd::scheduler_link {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Longer than any stop_timeout that makes sense: whoever asked has its own deadline.
constexpr auto retire_limit = 1h;
constexpr auto answer_limit = 5s;

} // namespace

link::link(boost::asio::any_io_executor executor, std::string socket, callbacks calls)
    : executor_(std::move(executor)), socket_(std::move(socket)), calls_(std::move(calls)) {}

link::~link() {
    disconnect();
}

void link::connect() {
    disconnect();
    snapshot_.reset();
    auto made = async::json_connection::connect(executor_, socket_);
    if (!made) {
        spdlog::warn("scheduler link: {}", made.error().what);
        return;
    }
    connection_ = std::move(*made);
    connection_->start({[this](json const& value) { on_message(value); },
                        [this](std::string const& why) {
                            spdlog::debug("scheduler link closed: {}", why);
                            connection_.reset();
                            fail_requests();
                            calls_.on_lost();
                        }});
}

void link::disconnect() {
    if (!connection_) return;
    connection_->close();
    connection_.reset();
    fail_requests();
}

void link::fail_requests() {
    statistics_ = {};
    statistics_at_.reset();
    statistics_question_.reset();
    statistics_came_.notify_all();
    questions_.answer_all({0, {}, "the scheduler ended"});
}

void link::on_message(json const& value) {
    auto parsed = read_message(value);
    if (!parsed) {
        spdlog::warn("{}", parsed.error().what);
        return;
    }
    if (auto const* s = std::get_if<snapshot>(&*parsed)) {
        snapshot_ = *s;
        if (watch_interval_) send_watch();
        calls_.on_snapshot(*s);
        calls_.on_event(core::happened::scheduler_ready{s->pid, s->address, s->workers});
    } else if (auto const* present = std::get_if<reporter>(&*parsed)) {
        calls_.on_reporter(*present);
    } else if (auto const* said = std::get_if<relayed>(&*parsed)) {
        calls_.on_relayed(*said);
    } else if (auto const* ended = std::get_if<relay_closed>(&*parsed)) {
        calls_.on_relay_closed(*ended);
    } else if (auto* counted = std::get_if<core::happened::tasks_counted>(&*parsed)) {
        calls_.on_event(*counted);
    } else if (auto* figures = std::get_if<statistics>(&*parsed)) {
        take(std::move(*figures));
    } else if (auto* r = std::get_if<reply>(&*parsed)) {
        if (r->id == statistics_question_) return on_statistics(*r);
        questions_.answer(r->id, std::move(*r));
    } else if (auto* added = std::get_if<core::happened::worker_registered>(&*parsed)) {
        calls_.on_event(std::move(*added));
    } else if (auto* removed = std::get_if<core::happened::worker_unregistered>(&*parsed)) {
        calls_.on_event(std::move(*removed));
    } else if (auto* silent = std::get_if<core::happened::worker_silent>(&*parsed)) {
        calls_.on_event(std::move(*silent));
    } else if (auto* closing = std::get_if<core::happened::scheduler_closing>(&*parsed)) {
        calls_.on_event(std::move(*closing));
    } else {
        calls_.on_event(core::happened::client_restart{});
    }
}

boost::asio::awaitable<result<json>> link::ask(json op, std::chrono::milliseconds limit) {
    if (!is_connected()) co_return error{errc::not_up, "the scheduler is not running", "see: daskctl status"};
    auto question = questions_.ask();
    op["id"] = question.id;
    connection_->send(op);
    auto waiting = question.answer(clock::now() + limit);
    auto const answer = co_await std::move(waiting);
    if (!answer) co_return error{errc::timed_out, "the scheduler did not answer in time", "is it busy?"};
    if (answer->error) co_return error{errc::failed, *answer->error, ""};
    co_return answer->result;
}

std::optional<std::chrono::milliseconds> link::statistics_age() const {
    if (!statistics_at_) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - *statistics_at_);
}

bool link::ask_for_statistics() {
    if (!is_connected() || statistics_question_) return false;
    statistics_question_ = questions_.new_id();
    connection_->send({{"op", "statistics"}, {"id", *statistics_question_}});
    return true;
}

boost::asio::awaitable<void> link::wait_for_statistics(std::chrono::milliseconds limit) {
    auto const until = clock::now() + limit;
    while (statistics_question_ && clock::now() < until)
        co_await statistics_came_.wait(until);
}

void link::on_statistics(reply const& answer) {
    statistics_question_.reset();
    auto fresh = read_statistics(answer.result);
    if (!answer.error && fresh) take(*std::move(fresh));
    statistics_came_.notify_all();
}

void link::take(statistics fresh) {
    statistics_ = std::move(fresh);
    statistics_at_ = clock::now();
    calls_.on_event(core::happened::tasks_counted{statistics_.tasks});
}

void link::watch_statistics(std::optional<std::chrono::milliseconds> interval) {
    if (std::exchange(watch_interval_, interval) == interval) return;
    if (is_connected()) send_watch();
}

void link::send_watch() {
    json op = {{"op", "watch"}, {"interval_s", nullptr}};
    if (watch_interval_) op["interval_s"] = std::chrono::duration<double>(*watch_interval_).count();
    connection_->send(op);
}

boost::asio::awaitable<result<loss>> link::would_lose(std::vector<std::string> addresses) {
    if (!is_connected()) co_return loss{};
    json op = {{"op", "would_lose"}, {"addresses", addresses}};
    auto const answer = co_await ask(std::move(op), answer_limit);
    if (!answer) co_return answer.error();
    loss l;
    l.keys = answer->value("keys", std::uint64_t{0});
    l.bytes = answer->value("bytes", std::uint64_t{0});
    if (auto const it = answer->find("sample"); it != answer->end() && it->is_array())
        for (auto const& key : *it)
            if (key.is_string()) l.sample.push_back(key.get<std::string>());
    co_return l;
}

boost::asio::awaitable<result<core::demand>> link::ask_demand(std::chrono::milliseconds target_duration) {
    json op = {{"op", "demand"},
               {"target_duration_s", std::chrono::duration<double>(target_duration).count()}};
    auto const answer = co_await ask(std::move(op), answer_limit);
    if (!answer) co_return answer.error();
    co_return read_demand(*answer);
}

boost::asio::awaitable<result<void>> link::retire(std::string address) {
    json op = {{"op", "retire"}, {"addresses", json::array({address})}};
    auto const answer = co_await ask(std::move(op), retire_limit);
    if (!answer) co_return answer.error();
    co_return result<void>{};
}

void link::watch_silence(std::chrono::milliseconds after) {
    if (is_connected())
        connection_->send(
            {{"op", "watch_silence"}, {"after_s", std::chrono::duration<double>(after).count()}});
}

void link::open_relay(std::string const& job) {
    if (is_connected()) connection_->send({{"op", "relay_open"}, {"job", job}});
}

void link::relay(std::string const& job, json const& what) {
    if (is_connected()) connection_->send({{"op", "relay"}, {"job", job}, {"message", what}});
}

void link::close_relay(std::string const& job) {
    if (is_connected()) connection_->send({{"op", "relay_close"}, {"job", job}});
}

void link::listen_again() {
    connection_->send({{"op", "listen"}});
}

void link::remove(std::string const& address) {
    if (is_connected())
        connection_->send({{"op", "remove"}, {"id", questions_.new_id()}, {"address", address}});
}

} // namespace daskd::scheduler_link
