#include "daemon/rpc/far_reading.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace daskd::rpc {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 5s;

} // namespace

void far_reading::begin(std::vector<far_log> const& wanted, std::size_t lines) {
    for (auto const& log : wanted) {
        auto& one = all_[log.name] = {log};
        one.id = logs_of_(log.agent).open(log.agent, log.path, lines, on_more_ != nullptr,
                                          [weak = weak_from_this(), name = log.name](auto const& come) {
                                              if (auto const self = weak.lock()) self->on_lines(name, come);
                                          });
    }
}

void far_reading::on_lines(std::string const& name, std::vector<std::string> const& lines) {
    auto& one = all_.at(name);
    if (are_tails_told_) {
        if (on_more_) on_more_(name, lines);
        return;
    }
    one.has_come = true;
    one.tail.insert(one.tail.end(), lines.begin(), lines.end());
    come_.notify_all();
}

boost::asio::awaitable<void> far_reading::wait_for_tails() {
    auto const self = shared_from_this();
    auto const until = std::chrono::steady_clock::now() + patience;
    auto const is_missing = [](auto const& entry) { return entry.second.id != 0 && !entry.second.has_come; };
    while (std::ranges::any_of(all_, is_missing) && std::chrono::steady_clock::now() < until) {
        auto waiting = come_.wait(until);
        co_await std::move(waiting);
    }
    are_tails_told_ = true;
}

result<std::vector<std::string>> far_reading::tail_of(std::string const& name) const {
    auto const& one = all_.at(name);
    if (one.has_come) return one.tail;
    return error{errc::failed,
                 "the log of " + name + " is on " + one.log.host +
                     (one.id == 0 ? ", which cannot be reached now" : ", which does not answer"),
                 "ssh " + one.log.host + " tail " + one.log.path};
}

void far_reading::end() {
    for (auto& [name, one] : all_)
        if (one.id != 0) logs_of_(one.log.agent).close(std::exchange(one.id, 0));
}

} // namespace daskd::rpc
