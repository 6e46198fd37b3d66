#pragma once

#include "daemon/core/cluster.hpp"
#include "tests/unit/daemon/core/plans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace daskd::test {

using namespace std::chrono_literals;
using namespace core;

/// A small world around a cluster: agents, processes and a scheduler that do what the effects say, and answer
/// with events as the real ones would. Its clock moves only when told to. What they do comes to daskd through
/// channels (one an agent, one the scheduler link), each in order; `step` delivers one event, `settle` all.
class world {
public:
    using names = std::set<std::string>;
    struct process {
        launch_id launch;
        process_ref ref;
        std::string agent;
        std::string address;
        bool is_orphan = false; ///< the agent that forked it is dead: nobody will see how it ends
    };
    struct report {
        std::string channel;
        event what;
    };

    world() { make_daskd(); }

    // How they behave, by name.
    names deaf;        ///< ignore SIGTERM
    names mute;        ///< never register
    names clinging;    ///< their results are never moved
    names unstartable; ///< the agent cannot start them
    names unheard;     ///< the agent never gets the request
    bool agents_answer = true;
    bool cancels_jobs = false; ///< an agent that is stopped is one in a job: what it has ends with it
    names unreachable;         ///< agents on hosts that cannot be reached
    std::map<std::string, bool> broken_agents; ///< and whether that is fatal
    bool settles = true;                       ///< deliver everything after each action

    // What there is.
    time_point now{1h};
    std::unique_ptr<cluster> daskd;
    names agents;
    std::map<std::string, process> alive;
    std::deque<report> reports; ///< on their way to daskd
    std::vector<std::string> journal;
    milliseconds silence_watched{0};
    std::vector<wanted::tell> told;

    // --- what happens

    void perform(effects const& all) {
        for (auto const& e : all)
            std::visit([this](auto const& what) { apply(what); }, e);
        if (settles) settle();
    }

    void up(plan const& p) { perform(daskd->up(p, now)); }
    void down(stop_manner manner = stop_manner::briskly) {
        perform(daskd->down(ending::requested, manner, now));
    }
    void happens(event const& e) { deliver({"", e}); }

    void dies(std::string const& name, std::string const& signal = "SIGKILL") {
        ends(name, {"", std::nullopt, signal, {}});
        if (settles) settle();
    }
    void exits(std::string const& name, int code) {
        ends(name, {"", code, std::nullopt, {}});
        if (settles) settle();
    }
    void is_ended_for_memory(std::string const& name, memory_excess const& excess) {
        ends(name, {"", std::nullopt, "SIGKILL", {}, excess});
        if (settles) settle();
    }
    /// With code 0, after the nanny desk has heard why.
    void ends_as_told(std::string const& name, nanny_word const& word) {
        ends(name, {"", 0, std::nullopt, {}, {}, word});
        if (settles) settle();
    }
    void agent_dies(std::string const& id) {
        agents.erase(id);
        for (auto& [name, p] : alive)
            if (p.agent == id) p.is_orphan = true;
        send(id, happened::agent_gone{id});
        if (settles) settle();
    }
    /// The link to the agent's host is lost; what runs there goes on, and nobody hears of it.
    void cut(std::string const& id) {
        unreachable.insert(id);
        if (!agents.contains(id)) return;
        for (auto const& r : reports)
            if (r.channel == id && std::holds_alternative<happened::exited>(r.what)) kept_exits_.push_back(r);
        std::erase_if(reports, [&](report const& r) { return r.channel == id; });
        send(id, happened::host_lost{id, "the connection to node1 is lost"});
        if (settles) settle();
    }
    /// The host can be reached again; daskd finds out when it tries the next time.
    void mend(std::string const& id) {
        unreachable.erase(id);
        pass(30s);
    }
    /// An agent that was started and has not answered does so now.
    void agent_comes(std::string const& id) {
        agents.insert(id);
        say_hello(id);
        if (settles) settle();
    }
    /// The job that this agent runs in is over, and all that it had; the scheduler hears of that first.
    void job_ends(std::string const& id, ending why, exit_view const& cause) {
        std::vector<std::string> gone;
        for (auto const& [name, p] : alive)
            if (p.agent == id) gone.push_back(name);
        for (auto const& name : gone) {
            auto const address = alive.at(name).address;
            alive.erase(name);
            if (registered_.erase(name) > 0 && is_linked_)
                send(link, happened::worker_unregistered{name, address, 0});
        }
        agents.erase(id);
        send(link, happened::job_ended{id, why, cause});
        if (settles) settle();
    }
    /// The agent's host loses all, and has another boot id.
    void reboots(std::string const& id) {
        std::erase_if(alive, [&](auto const& p) { return p.second.agent == id; });
        agents.erase(id);
        ++boots_[id];
    }
    void client_shuts_down() {
        if (!is_linked_) return;
        send(link, happened::scheduler_closing{"client"});
        exits("scheduler", 0);
    }
    void scheduler_drops(std::string const& worker) {
        if (registered_.erase(worker) > 0 && is_linked_)
            send(link, happened::worker_unregistered{worker, alive.at(worker).address, 0});
        if (settles) settle();
    }
    void scheduler_takes(std::string const& worker) {
        enter_scheduler(alive.at(worker));
        if (settles) settle();
    }

    /// daskd is killed: nobody listens any more. Agents, dead or alive, keep the exits that it did not hear
    /// of.
    void daskd_dies() {
        for (auto const& r : reports)
            if (std::holds_alternative<happened::exited>(r.what)) kept_exits_.push_back(r);
        reports.clear();
        is_linked_ = false;
        daskd.reset();
    }
    /// A new daskd restores the recorded intent and takes over the agents that are there. Those that it does
    /// not plan to start answer first: they have nothing to import.
    void daskd_starts(std::optional<plan> const& intent) {
        make_daskd();
        auto const settled = std::exchange(settles, false);
        if (intent) {
            daskd->restore_stopped(saved_stopped_, saved_scheduler_stopped_);
            up(*intent);
        }
        names left = agents;
        for (auto const& [name, p] : alive)
            left.insert(p.agent);
        std::erase_if(left, [&](std::string const& id) { return daskd->agents().contains(id); });
        for (auto const& id : left)
            perform(daskd->inherit(id));
        for (auto const& id : left)
            while (std::ranges::find(reports, id, &report::channel) != reports.end())
                step(id);
        settles = settled;
        if (settles) settle();
    }

    /// Delivers the oldest report of this channel.
    void step(std::string const& channel) {
        auto const it = std::ranges::find(reports, channel, &report::channel);
        auto const r = *it;
        reports.erase(it);
        deliver(r);
    }
    void settle() {
        for (int n = 0; !reports.empty(); ++n) {
            if (n > 10'000) return ADD_FAILURE() << "the cluster never comes to rest", void();
            step(reports.front().channel);
        }
    }

    /// Lets time pass, and daskd's deadlines with it.
    void pass(milliseconds time) {
        auto const end = now + time;
        for (auto next = daskd->next_deadline(); next && *next <= end; next = daskd->next_deadline()) {
            note_wake_up(std::max(now, *next));
            deliver({"", happened::time_passed{}});
            if (wake_ups_ > max_wake_ups) {
                ADD_FAILURE() << "a busy loop: a deadline stays in the past";
                break;
            }
        }
        now = std::max(now, end);
    }

    // --- what is seen

    [[nodiscard]] instance const& at(std::string const& name) const {
        auto const* i = name == "scheduler"   ? &daskd->scheduler()
                        : name == runner_name ? &daskd->runner()
                                              : daskd->find_worker(name);
        if (i == nullptr) throw std::out_of_range("no worker " + name);
        return *i;
    }
    [[nodiscard]] std::string state(std::string const& name) const { return to_string(at(name).state); }
    [[nodiscard]] std::string state() const { return to_string(daskd->state()); }
    [[nodiscard]] std::string cause(std::string const& name) const {
        return at(name).last_exit ? at(name).last_exit->cause : "";
    }
    [[nodiscard]] milliseconds until_deadline(std::string const& name) const {
        return std::chrono::duration_cast<milliseconds>(at(name).deadline.value() - now);
    }
    [[nodiscard]] int pid(std::string const& name) const { return alive.at(name).ref.pid; }
    /// The journal since it was last taken.
    std::vector<std::string> take_journal() { return std::exchange(journal, {}); }

private:
    static constexpr auto link = "link";
    static constexpr int max_wake_ups = 20; ///< at one instant

    void make_daskd() {
        daskd = std::make_unique<cluster>(
            "test", outside{[] { return 0.5; }, [] { return std::string("2026-01-01T00:00:00.000Z"); }},
            saved_incarnation_);
    }

    void note_wake_up(time_point at) {
        wake_ups_ = at == now ? wake_ups_ + 1 : 0;
        now = at;
    }

    void send(std::string const& channel, event what) { reports.push_back({channel, std::move(what)}); }

    void deliver(report const& r) {
        perform_quietly(daskd->step(r.what, now));
        // As the supervisor does: the scheduler's socket is there as soon as its process is.
        if (auto const* s = std::get_if<happened::spawned>(&r.what)) connect_to(s->launch.name, true);
        if (auto const* a = std::get_if<happened::agent_ready>(&r.what))
            for (auto const& p : a->processes)
                connect_to(p.launch.name, false);
        if (settles && r.channel.empty()) settle();
    }
    void perform_quietly(effects const& all) {
        auto const before = std::exchange(settles, false);
        perform(all);
        settles = before;
    }

    void connect_to(std::string const& name, bool is_fresh) {
        if (name == "scheduler" && (is_fresh || !is_linked_)) connect_link();
        if (name == runner_name && alive.contains(name) && !mute.contains(name))
            send("jobs", happened::runner_ready{pid(name)});
    }

    void connect_link() {
        std::erase_if(reports, [](report const& r) { return r.channel == link; });
        is_linked_ = alive.contains("scheduler") && !mute.contains("scheduler");
        if (is_linked_)
            send(link, happened::scheduler_ready{pid("scheduler"), "tcp://127.0.0.1:8786", registered_});
    }

    void enter_scheduler(process& p) {
        if (!alive.contains("scheduler") || mute.contains(p.launch.name)) return;
        p.address = "tcp://127.0.0.1:" + std::to_string(p.ref.pid);
        registered_[p.launch.name] = p.address;
        if (is_linked_) send(link, happened::worker_registered{p.launch.name, p.address});
    }

    void say_hello(std::string const& id) {
        for (auto& r : std::exchange(kept_exits_, {}))
            (r.channel == id ? reports : kept_exits_).push_back(r);
        happened::agent_ready ready{id, {}, "", std::to_string(boots_[id])};
        for (auto const& [name, p] : alive)
            if (p.agent == id) ready.processes.push_back({p.launch, p.ref, 5.0});
        send(id, ready);
    }

    void ends(std::string const& name, exit_status const& how) {
        auto const p = alive.at(name);
        alive.erase(name);
        // Only the agent that forked it can have seen how. Without a daskd, or while there is no agent, it is
        // told by the next hello.
        report const r{p.agent, happened::exited{p.launch, p.is_orphan ? exit_status{} : how}};
        bool const is_heard = daskd && agents.contains(p.agent) && !unreachable.contains(p.agent);
        (is_heard ? reports : kept_exits_).push_back(r);
        if (name == "scheduler") {
            registered_.clear();
            is_linked_ = false;
        } else if (registered_.erase(name) > 0 && is_linked_) {
            send(link, happened::worker_unregistered{name, p.address, 0});
        }
    }

    void apply(wanted::start_agent const& e) {
        journal.push_back("start agent " + e.agent);
        if (unreachable.contains(e.agent))
            return send(e.agent, happened::agent_failed{e.agent, "no route to node1", false, true});
        auto const it = broken_agents.find(e.agent);
        bool const has_processes =
            std::ranges::any_of(alive, [&](auto const& p) { return p.second.agent == e.agent; });
        if (it != broken_agents.end() && !agents.contains(e.agent)) // what lives is found
            return send(e.agent,
                        happened::agent_failed{e.agent, "it is broken", it->second && !has_processes});
        if (daskd->agents().at(e.agent).spec.job)
            return; // its job is submitted, and comes when a test says so
        agents.insert(e.agent);
        if (agents_answer) say_hello(e.agent);
    }
    void apply(wanted::stop_agent const& e) {
        journal.push_back("stop agent " + e.agent);
        auto const it = daskd->agents().find(e.agent);
        bool const is_job = cancels_jobs || (it != daskd->agents().end() && it->second.spec.job);
        for (auto const& [name, p] : alive)
            if (p.agent == e.agent && !is_job)
                ADD_FAILURE() << "the agent of " << name << " is stopped under it";
        if (is_job) std::erase_if(alive, [&](auto const& p) { return p.second.agent == e.agent; });
        agents.erase(e.agent);
        std::erase_if(reports, [&](report const& r) { return r.channel == e.agent; });
    }
    void apply(wanted::start_process const& e) {
        auto const& name = e.launch.name;
        auto const& agent = at(name).agent;
        journal.push_back("start " + name);
        if (alive.contains(name)) ADD_FAILURE() << name << " is started, and has a live process";
        if (!agents.contains(agent) || unheard.contains(name)) return;
        if (unstartable.contains(name)) return send(agent, happened::spawn_failed{e.launch, "cannot fork"});
        auto& p = alive[name] = {e.launch, {next_pid_++, 1}, agent, {}, false};
        send(agent, happened::spawned{p.launch, p.ref});
        if (name != "scheduler" && name != runner_name) enter_scheduler(p);
    }
    void apply(wanted::send_signal const& e) {
        auto const& name = e.launch.name;
        if (e.signal != SIGCONT)
            journal.push_back((e.signal == SIGTERM ? "terminate "
                               : e.whole_tree      ? "kill tree of "
                                                   : "kill ") +
                              name);
        auto const it = alive.find(name);
        if (it == alive.end() || it->second.launch != e.launch || !agents.contains(e.agent)) return;
        if (unreachable.contains(it->second.agent)) ADD_FAILURE() << name << " cannot be reached by a signal";
        if (e.signal == SIGKILL) return ends(name, {"", std::nullopt, "SIGKILL", {}});
        if (e.signal != SIGTERM || deaf.contains(name)) return;
        if (name == "scheduler" && is_linked_) send(link, happened::scheduler_closing{"signal"});
        ends(name, {"", 0, std::nullopt, {}});
    }
    void apply(wanted::move_results const& e) {
        journal.push_back("move results of " + e.launch.name);
        if (!clinging.contains(e.launch.name)) send("moves", happened::results_moved{e.launch});
    }
    void apply(wanted::forget_worker const& e) {
        std::erase_if(registered_, [&](auto const& w) { return w.second == e.address; });
    }
    void apply(wanted::watch_silence const& e) { silence_watched = e.after; }
    void apply(wanted::examine const& e) { journal.push_back("examine " + e.launch.name); }
    void apply(wanted::tell const& e) { told.push_back(e); }
    void apply(wanted::save_intent const& /*e*/) {
        saved_incarnation_ = daskd->next_incarnation();
        saved_stopped_ = daskd->stopped_workers();
        saved_scheduler_stopped_ = daskd->is_scheduler_stopped();
    }

    bool is_linked_ = false;
    std::map<std::string, std::string> registered_; ///< what the scheduler has: name -> address
    std::deque<report> kept_exits_;                 ///< not heard by any daskd
    std::map<std::string, int> boots_;              ///< of an agent's host
    std::uint64_t saved_incarnation_ = 1;
    std::set<std::string> saved_stopped_;
    bool saved_scheduler_stopped_ = false;
    int next_pid_ = 1000;
    int wake_ups_ = 0;
};

} // namespace daskd::test
