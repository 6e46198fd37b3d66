#include "daemon/supervise/upkeep.hpp"

#include "common/join.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace daskd::supervise {
namespace {

using namespace std::chrono_literals;

/// Who removes a directory removes what is in it first, and must not find it filled again meanwhile.
constexpr auto settling = 50ms;
constexpr auto longest_settling = 1s;
/// The system does not tell when a disk has room again.
constexpr auto retry = 2s;

} // namespace

upkeep::upkeep(boost::asio::any_io_executor executor, std::vector<std::filesystem::path> directories,
               std::function<void(std::string const&)> on_outcome)
    : on_outcome_(std::move(on_outcome)),
      watch_(executor, std::move(directories), [this] { on_removal(); }),
      timer_(executor) {}

void upkeep::look() {
    timer_.cancel();
    is_due_ = false;
    removal_began_.reset();
    is_looking_ = true;
    is_failing_ = false;
    std::vector<std::string> problems;
    std::vector<std::string> remedies;
    for (auto const& keep : keepers_) {
        auto const kept = keep();
        if (kept) continue;
        is_failing_ = true;
        if (kept.error().code == errc::not_up) continue;
        problems.push_back(kept.error().what);
        // One full disk is one remedy, however many files it keeps from being written.
        auto const& hint = kept.error().hint;
        if (!hint.empty() && std::ranges::find(remedies, hint) == remedies.end()) remedies.push_back(hint);
    }
    watch_.renew();
    is_looking_ = false;
    if (is_failing_) look_in(retry);
    on_outcome_(join(problems, "; ") + (remedies.empty() ? "" : ": " + join(remedies, "; ")));
}

void upkeep::look_soon() {
    // What keepers run into is no news, and what fails is looked at again in any case.
    if (!is_looking_ && !is_failing_) look_in(settling);
}

void upkeep::look_in(std::chrono::milliseconds delay) {
    auto const due = std::chrono::steady_clock::now() + delay;
    if (!is_due_ || timer_.expiry() > due) look_at(due);
}

void upkeep::on_removal() {
    auto const now = std::chrono::steady_clock::now();
    if (!removal_began_) removal_began_ = now;
    look_at(std::min(now + settling, *removal_began_ + longest_settling));
}

void upkeep::look_at(std::chrono::steady_clock::time_point due) {
    is_due_ = true;
    timer_.expires_at(due);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) look();
    });
}

} // namespace daskd::supervise
