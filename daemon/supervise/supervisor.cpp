#include "daemon/supervise/supervisor.hpp"

#include "common/fault.hpp"
#include "common/version.hpp"
#include "daemon/supervise/port.hpp"
#include "daemon/supervise/wall_clock.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <fstream>
#include <unistd.h>

namespace daskd::supervise {
namespace {

using clock = std::chrono::steady_clock;

std::uint64_t own_rss_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Something has happened, and is not dealt with.
void note_fault(core::event const& e) {
    if (std::holds_alternative<core::happened::agent_ready>(e)) fault::at(fault::step::agent_greeted);
    if (std::holds_alternative<core::happened::spawned>(e)) fault::at(fault::step::spawn_heard);
    if (std::holds_alternative<core::happened::exited>(e)) fault::at(fault::step::exit_heard);
}

} // namespace

supervisor::supervisor(boost::asio::io_context& io, cluster_paths paths, state::intent intent,
                       std::optional<agent_link::revival> revive)
    : io_(io),
      paths_(std::move(paths)),
      started_at_(clock::now()),
      intent_(std::move(intent)),
      store_(paths_.state_file()),
      history_(paths_.events_file(), intent_.next_seq),
      cluster_(paths_.cluster,
               {[this] { return std::uniform_real_distribution<double>(0, 1)(random_); },
                [] { return utc_now(); }},
               intent_.next_incarnation),
      launcher_(
          io.get_executor(), paths_, std::move(revive), [this](core::event e) { post(std::move(e)); },
          [this] { changed_.notify_all(); }),
      link_(io.get_executor(), paths_.scheduler_socket(),
            {[this](core::event e) { post(std::move(e)); },
             [this](scheduler_link::snapshot const& s) { on_snapshot(s); }}),
      timer_(io) {}

void supervisor::post(core::event e) {
    mailbox_.push_back(std::move(e));
    if (is_draining_) return;
    is_draining_ = true;
    boost::asio::post(io_, [this] { drain(); });
}

void supervisor::drain() {
    // What is posted meanwhile is done in this turn as well; the mailbox holds only what has really happened.
    while (!mailbox_.empty()) {
        auto const e = std::move(mailbox_.front());
        mailbox_.pop_front();
        note_fault(e);
        perform(cluster_.step(e, clock::now()));
        if (std::holds_alternative<core::happened::exited>(e)) fault::at(fault::step::exit_handled);
        // The scheduler's socket is there as soon as its process is.
        if (auto const* s = std::get_if<core::happened::spawned>(&e);
            s != nullptr && s->launch.name == "scheduler")
            link_.connect();
        if (auto const* a = std::get_if<core::happened::agent_ready>(&e))
            for (auto const& p : a->processes)
                if (p.launch.name == "scheduler" && !link_.is_connected()) link_.connect();
    }
    is_draining_ = false;
    after_change();
}

void supervisor::perform(core::effects const& effects) {
    for (auto const& e : effects)
        std::visit([this](auto const& what) { carry_out(what); }, e);
    if (!is_draining_) after_change();
}

void supervisor::after_change() {
    keep_scheduler_file();
    arm_timer();
    changed_.notify_all();
}

void supervisor::arm_timer() {
    auto const next = cluster_.next_deadline();
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(*next);
    timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) post(core::happened::time_passed{});
    });
}

boost::asio::awaitable<bool> supervisor::wait_until(std::function<bool()> condition,
                                                    std::optional<core::time_point> limit) {
    while (!condition()) {
        if (limit && clock::now() >= *limit) co_return false;
        co_await changed_.wait(limit);
    }
    co_return true;
}

void supervisor::adopt_agents() {
    for (auto const& id : launcher_.left_agents())
        perform(cluster_.inherit(id));
}

void supervisor::renew_agents(std::string const& reason) {
    for (auto const& [id, a] : cluster_.agents())
        launcher_.renew_agent(id, reason);
}

void supervisor::leave() {
    keeps_intent_ = true;
    save();
    launcher_.leave();
    link_.disconnect();
}

void supervisor::save() {
    // What could not be restored is wanted all the same.
    if (!keeps_intent_ && problem_.empty()) {
        intent_.up = cluster_.is_wanted_up();
        intent_.stopped_workers = cluster_.stopped_workers();
        intent_.scheduler_stopped = cluster_.is_scheduler_stopped();
    }
    intent_.next_seq = history_.next_seq();
    intent_.next_incarnation = cluster_.next_incarnation();
    fault::at(fault::step::intent_changed);
    auto const saved = store_.save(intent_);
    fault::at(fault::step::intent_saved);
    state_problem_ = saved ? "" : saved.error().what;
    if (!saved) spdlog::error("{}", state_problem_);
}

// --- effects
// ----------------------------------------------------------------------------------------------------------------

void supervisor::carry_out(core::wanted::start_agent const& w) {
    launcher_.start_agent(cluster_.agents().at(w.agent).spec);
}

void supervisor::carry_out(core::wanted::stop_agent const& w) {
    launcher_.stop_agent(w.agent);
}

void supervisor::carry_out(core::wanted::send_signal const& w) {
    launcher_.send_signal(w.agent, w.launch, w.signal, w.whole_tree);
}

void supervisor::carry_out(core::wanted::forget_worker const& w) {
    link_.remove(w.address);
}

void supervisor::carry_out(core::wanted::watch_silence const& w) {
    link_.watch_silence(w.after);
}

void supervisor::carry_out(core::wanted::examine const& w) {
    launcher_.examine(w.agent, w.launch);
}

void supervisor::carry_out(core::wanted::save_intent const& /*w*/) {
    save();
}

std::uint64_t supervisor::add_listener(listener l) {
    listeners_[next_listener_] = std::move(l);
    return next_listener_++;
}

void supervisor::carry_out(core::wanted::tell const& w) {
    state::event e{0, utc_now(), w.kind, w.name, w.from, w.to, std::nullopt, w.text};
    if (w.cause) e.cause = state::event_cause{w.cause->cause, w.cause->code, w.cause->signal, w.cause->text};
    if (auto kept = history_.append(e); !kept) spdlog::error("{}", kept.error().what);
    fault::at(fault::step::event_kept);
    spdlog::info("{} {}: {} → {} {}", e.kind, e.name, e.from, e.to, e.text);
    for (auto const& [id, tell] : std::map(listeners_))
        tell(e);
}

// --- looking
// ----------------------------------------------------------------------------------------------------------------

daemon_view supervisor::describe_daemon() const {
    return {::getpid(), version, std::chrono::duration<double>(clock::now() - started_at_).count(),
            own_rss_bytes(), paths_.control_socket().string()};
}

cluster_view supervisor::view() const {
    core::view_input in;
    in.now = clock::now();
    in.daemon = describe_daemon();
    if (auto const& s = link_.last_snapshot()) {
        in.dashboard = s->dashboard;
        in.python = s->python;
        in.distributed = s->distributed;
    }
    in.numbers = link_.last_statistics().workers;
    for (auto const& [id, a] : cluster_.agents()) {
        auto const* facts = launcher_.facts(id);
        if (facts == nullptr) continue;
        in.agent_spawns[id] = facts->spawn;
        if (!facts->spawn_reason.empty())
            in.warnings.push_back("workers cannot be forked: " + facts->spawn_reason);
    }
    if (!problem_.empty()) in.warnings.push_back(problem_);
    if (!state_problem_.empty()) in.warnings.push_back(state_problem_);
    if (history_.is_degraded())
        in.warnings.push_back("the event history cannot be written: is the disk full?");
    if (!store_.notice().empty()) in.warnings.push_back(store_.notice());
    return core::make_view(cluster_, in);
}

} // namespace daskd::supervise
