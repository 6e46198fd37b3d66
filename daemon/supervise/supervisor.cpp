#include "daemon/supervise/supervisor.hpp"

#include "common/fault.hpp"
#include "common/version.hpp"
#include "daemon/core/tunnels.hpp"
#include "daemon/supervise/last_words.hpp"
#include "daemon/supervise/port.hpp"
#include "daemon/supervise/tunnel_ports.hpp"
#include "daemon/supervise/wall_clock.hpp"

#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <unistd.h>

namespace daskd::supervise {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A timer so late means that daskd itself was stopped, or starved. What the others said meanwhile waits in
/// the sockets, and is heard first: a worker that has registered must not be taken for one that has not.
constexpr auto lateness = 1s;
constexpr auto hearing_time = 250ms;
/// Figures of the scheduler that are younger than this are shown as they are.
constexpr auto fresh = 1s;
/// Older ones are shown as well, if the scheduler is too busy to answer with new ones.
constexpr auto still_good = 5s;
/// How long it may delay whoever looks, with such figures at hand and without.
constexpr auto short_limit = 5ms;
constexpr auto statistics_limit = 50ms;
/// So many events may be lost with a daskd that cannot write them, and no number is given twice.
constexpr std::uint64_t unwritten_events = 10'000;

std::uint64_t own_rss_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// What users should know of a host agent that is there and says nothing.
std::string not_answering(std::string const& agent, std::string const& place, int process) {
    auto const pid = std::to_string(process);
    return "the host agent " + agent + " (pid " + pid + place +
           ") does not answer: its workers run, but none is started or ended; `kill -CONT " + pid +
           "` if it is stopped, `kill -KILL " + pid + "` to have it replaced";
}
std::string not_greeted(std::string const& agent, std::string const& place) {
    return "the host agent " + agent + place +
           " has not answered yet: what runs there goes on; it imports from a slow disk, or is stopped "
           "(`pkill -CONT -f " +
           agent + "`)";
}

/// Something has happened, and is not dealt with.
void note_fault(core::event const& e) {
    if (std::holds_alternative<core::happened::agent_ready>(e)) fault::at(fault::step::agent_greeted);
    if (std::holds_alternative<core::happened::spawned>(e)) fault::at(fault::step::spawn_heard);
    if (std::holds_alternative<core::happened::exited>(e)) fault::at(fault::step::exit_heard);
}

} // namespace

supervisor::supervisor(boost::asio::io_context& io, cluster_paths paths, state::intent intent,
                       launch::survival agents)
    : io_(io),
      paths_(std::move(paths)),
      started_at_(clock::now()),
      intent_(std::move(intent)),
      store_(paths_.state_file(), paths_.state_copy()),
      history_(paths_.events_file(), intent_.next_seq),
      cluster_(paths_.cluster,
               {[this] { return std::uniform_real_distribution<double>(0, 1)(random_); },
                [] { return utc_now(); }},
               intent_.next_incarnation),
      ports_(make_port_book(paths_)),
      launcher_(
          io.get_executor(), paths_, std::move(agents), [this](core::event e) { post(std::move(e)); },
          [this] { changed_.notify_all(); },
          [this](std::string const& agent, bool is_silent) { on_silence(agent, is_silent); },
          [this](std::string const& host, std::string const& text) {
              perform({core::wanted::tell{"cluster.notice", host, "", "", {}, text}});
          },
          [this](std::string const& home, int port, std::string const& why) {
              on_port_taken(home, port, why);
          },
          surroundings_of_jobs()),
      link_(io.get_executor(), paths_.scheduler_socket(), link_callbacks()),
      job_link_(io.get_executor(), paths_.job_socket(),
                {[this](core::event e) { post(std::move(e)); },
                 [this](core::wanted::tell news) { perform({std::move(news)}); }}),
      timer_(io) {
    ports_.restore(intent_.ports);
    launcher_.on_ports_taken([this](std::string const& agent, std::vector<int> const& ports) {
        auto const it = cluster_.agents().find(agent);
        if (it == cluster_.agents().end()) return;
        for (int const port : ports)
            on_port_taken(core::home_of(it->second.spec), port, "another program has it");
    });
    launcher_.queue().restore(intent_.jobs);
}

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
        if (auto const* ready = std::get_if<core::happened::agent_ready>(&e)) facts_heard_(ready->agent);
        if (auto const closed = unheard_closing(e)) perform(cluster_.found_closed(*closed, clock::now()));
        perform(cluster_.step(e, clock::now()));
        // Its agent should have told of its end: does it live?
        if (auto const* u = std::get_if<core::happened::worker_unregistered>(&e))
            if (auto const* i = cluster_.find_worker(u->name); i != nullptr && i->is_alive())
                launcher_.expect_answer(i->agent);
        if (auto const* gone = std::get_if<core::happened::agent_gone>(&e)) silent_.erase(gone->agent);
        if (auto const* failed = std::get_if<core::happened::agent_failed>(&e)) silent_.erase(failed->agent);
        if (std::holds_alternative<core::happened::exited>(e)) fault::at(fault::step::exit_handled);
        if (auto const* s = std::get_if<core::happened::spawned>(&e)) connect_to(s->launch.name, true);
        if (auto const* a = std::get_if<core::happened::agent_ready>(&e))
            for (auto const& p : a->processes)
                connect_to(p.launch.name, false);
        // An adopted scheduler's socket may have been removed while no daskd was there.
        if (cluster_.scheduler().process && !link_.has_connection()) trouble_();
    }
    is_draining_ = false;
    after_change();
}

std::optional<core::happened::scheduler_closing> supervisor::unheard_closing(core::event const& e) const {
    auto const* end = std::get_if<core::happened::exited>(&e);
    bool const is_about_scheduler = end != nullptr && end->launch.name == "scheduler";
    if (!is_about_scheduler && !std::holds_alternative<core::happened::agent_ready>(e)) return std::nullopt;
    return cluster_.is_wanted_up() ? read_last_words(paths_.last_words_file()) : std::nullopt;
}

void supervisor::connect_to(std::string const& process, bool is_fresh) {
    if (process == "scheduler" && (is_fresh || !link_.is_connected())) link_.connect();
    if (process == core::runner_name && (is_fresh || !job_link_.has_connection())) job_link_.connect();
}

void supervisor::perform(core::effects const& effects) {
    for (auto const& e : effects)
        std::visit([this](auto const& what) { carry_out(what); }, e);
    if (!is_draining_) after_change();
}

void supervisor::after_change() {
    if (!update_scheduler_file()) trouble_();
    arm_timer();
    changed_.notify_all();
}

void supervisor::arm_timer() {
    auto const next = cluster_.next_deadline();
    if (!next) {
        timer_.cancel();
        return;
    }
    auto const due = std::max(*next, not_before_);
    timer_.expires_at(due);
    timer_.async_wait([this, due](boost::system::error_code ec) {
        if (!ec) on_timer(due);
    });
}

void supervisor::on_timer(core::time_point due) {
    auto const now = clock::now();
    if (now - due < lateness) return post(core::happened::time_passed{});
    spdlog::info("late by {} ms: was daskd stopped?",
                 std::chrono::duration_cast<std::chrono::milliseconds>(now - due).count());
    not_before_ = now + hearing_time;
    arm_timer();
}

void supervisor::on_silence(std::string const& agent, bool is_silent) {
    auto const* facts = launcher_.facts(agent);
    auto const it = cluster_.agents().find(agent);
    bool const is_remote = it != cluster_.agents().end() && it->second.spec.host;
    auto const place = is_remote ? " on " + it->second.spec.host->name : "";
    auto const text = facts == nullptr ? not_greeted(agent, place) : not_answering(agent, place, facts->pid);
    silent_.erase(agent);
    if (is_silent) silent_[agent] = text;
    carry_out(core::wanted::tell{"agent.state",
                                 agent,
                                 is_silent ? "ready" : "silent",
                                 is_silent ? "silent" : "ready",
                                 {},
                                 is_silent ? text : "it answers again"});
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
    std::set<std::string> planned;
    for (auto const& [id, a] : cluster_.agents())
        planned.insert(id);
    launcher_.queue().cancel_others(planned);
    for (auto const& id : launcher_.local().left_agents())
        perform(cluster_.inherit(id));
}

bool supervisor::has_left_agents() const {
    auto const ids = launcher_.local().left_agents();
    return std::ranges::any_of(ids, [this](auto const& id) { return launcher_.local().answers(id); });
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
    job_link_.disconnect();
}

void supervisor::save() {
    // What could not be restored is wanted all the same.
    if (!keeps_intent_ && problem_.empty()) {
        intent_.up = cluster_.is_wanted_up();
        intent_.stopped_workers = cluster_.stopped_workers();
        intent_.scheduler_stopped = cluster_.is_scheduler_stopped();
    }
    // Events that are not in the file have their numbers all the same, and more may follow.
    intent_.next_seq = history_.next_seq() + (history_.is_degraded() ? unwritten_events : 0);
    intent_.next_incarnation = cluster_.next_incarnation();
    ++intent_.revision;
    fault::at(fault::step::intent_changed);
    saved_ = store_.save(intent_);
    fault::at(fault::step::intent_saved);
    if (!saved_) trouble_();
}

// --- effects
// ----------------------------------------------------------------------------------------------------------------

void supervisor::carry_out(core::wanted::start_agent const& w) {
    update_tunnels();
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
    if (auto kept = history_.append(e); !kept) trouble_();
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

boost::asio::awaitable<void> supervisor::refresh_figures() {
    auto const age = link_.statistics_age();
    bool const is_asked_now = (!age || *age >= fresh) && link_.ask_for_statistics();
    if (!is_asked_now) co_return;
    bool const can_show_old = age && *age < still_good;
    auto waiting = link_.wait_for_statistics(can_show_old ? short_limit : statistics_limit);
    co_await std::move(waiting);
}

void supervisor::set_warning(std::string const& topic, std::string const& text) {
    auto const it = warnings_.find(topic);
    if (it == warnings_.end() ? text.empty() : it->second == text) return;
    warnings_.erase(topic);
    if (!text.empty()) {
        warnings_[topic] = text;
        spdlog::warn("{}", text);
    }
    changed_.notify_all();
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
        if (a.is_unreachable && a.spec.host)
            in.warnings.push_back(a.spec.host->name + " cannot be reached since " + a.since + ": " +
                                  a.failure);
        auto const* facts = launcher_.facts(id);
        if (facts == nullptr) continue;
        in.agent_spawns[id] = facts->spawn;
        in.agent_hosts[id] = facts->host;
        if (!facts->spawn_reason.empty())
            in.warnings.push_back("workers cannot be forked: " + facts->spawn_reason);
    }
    for (auto const& [agent, text] : silent_)
        in.warnings.push_back(text);
    for (auto const& [topic, text] : warnings_)
        in.warnings.push_back(text);
    if (!problem_.empty()) in.warnings.push_back(problem_);
    in.impairment = impairment_;
    return core::make_view(cluster_, in);
}

} // namespace daskd::supervise
