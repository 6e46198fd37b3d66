#include "daemon/queue/book.hpp"

#include <algorithm>
#include <utility>

namespace daskd::queue {
namespace {

using namespace std::chrono_literals;
using core::job_phase;

/// After something has happened the queue is asked so soon, then less and less often.
constexpr core::milliseconds first_look = 1s;
/// A queue may be slow to show a job that it has taken, or to have its end in its accounts.
constexpr int enough_lists = 2;
constexpr int most_questions = 4;
constexpr core::milliseconds question_pause = 2s;
constexpr core::milliseconds cancel_pause = 5s;
constexpr core::milliseconds longest_cancel_pause = 60s;

/// Queues shorten names, and change letters that they do not like: what follows the last hyphen is ours.
std::string_view token_of(std::string_view name) {
    auto const hyphen = name.rfind('-');
    return hyphen == std::string_view::npos ? name : name.substr(hyphen);
}

bool is_waiting(job_state state) {
    return state == job_state::pending || state == job_state::impossible || state == job_state::held;
}

std::string reason_of(job_status const& status) {
    if (status.state == job_state::held) return status.reason.empty() ? "held" : "held: " + status.reason;
    if (status.state == job_state::suspended) return "suspended by the queue";
    return status.reason;
}

core::job_news news_of(job_status const& status) {
    core::job_news n;
    n.id = status.id;
    n.node = is_waiting(status.state) ? "" : status.node;
    n.reason = reason_of(status);
    n.is_stuck = status.state == job_state::impossible;
    n.phase = is_waiting(status.state)              ? job_phase::waiting
              : status.state == job_state::starting ? job_phase::starting
                                                    : job_phase::running;
    return n;
}

std::string outcome_text(result<command_output> const& outcome) {
    if (!outcome) return outcome.error().what;
    auto text = outcome->err.empty() ? outcome->out : outcome->err;
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

} // namespace

void book::restore(std::vector<job_record> const& records, time_point now) {
    for (auto const& record : records) {
        entry e{record, record.id.empty() ? phase::unsure : phase::submitted, {}};
        e.told.id = record.id;
        if (!record.id.empty()) e.told.phase = job_phase::waiting;
        if (record.is_unwanted) e.act_at = now;
        entries_.push_back(std::move(e));
    }
    if (!records.empty()) {
        look_soon(now);
        list_at_ = now;
    }
}

std::vector<news> book::want(std::string const& agent, std::string const& name, time_point now) {
    auto const known = std::ranges::find_if(
        entries_, [&](entry const& e) { return e.record.agent == agent && !e.record.is_unwanted; });
    if (known != entries_.end()) {
        look_soon(now);
        return {core::event{core::happened::job_told{agent, known->told}}};
    }
    entries_.push_back({{agent, name, "", false}, phase::to_submit, {}});
    return {core::event{core::happened::job_told{agent, {}}}};
}

std::vector<news> book::unwant(std::string const& agent, time_point now) {
    std::vector<news> all;
    std::vector<std::string> dropped;
    for (auto& e : entries_) {
        if (e.record.agent != agent || e.record.is_unwanted) continue;
        e.record.is_unwanted = true;
        e.act_at = now;
        if (e.at == phase::to_submit) dropped.push_back(e.record.name);
    }
    for (auto const& name : dropped)
        all.emplace_back(forgotten{name});
    forget_ended(dropped);
    return all;
}

void book::look_soon(time_point now) {
    pause_ = std::min(first_look, interval_);
    auto const soon = now + pause_;
    if (!list_at_ || *list_at_ > soon) list_at_ = soon;
}

bool book::needs_list() const {
    return std::ranges::any_of(
        entries_, [](entry const& e) { return e.at == phase::submitted || e.at == phase::unsure; });
}

std::optional<action> book::next(time_point now) {
    auto const is_due = [&](entry const& e) { return e.act_at && *e.act_at <= now; };
    action cancel{action::kind::cancel, "", {}};
    for (auto const& e : entries_)
        if (e.record.is_unwanted && e.at == phase::submitted && is_due(e)) cancel.ids.push_back(e.record.id);
    if (!cancel.ids.empty()) return cancel;
    for (auto& e : entries_) {
        if (e.at != phase::to_submit || e.record.is_unwanted) continue;
        e.at = phase::submitting;
        return action{action::kind::submit, e.record.name, {}};
    }
    if (needs_list() && list_at_ && *list_at_ <= now) return action{action::kind::list, "", {}};
    for (auto const& e : entries_)
        if (e.at == phase::submitted && !e.record.is_unwanted && e.missing > 0 && is_due(e))
            return action{action::kind::ask_end, "", {e.record.id}};
    for (auto& e : entries_)
        if (std::exchange(e.lacks_reason, false)) return action{action::kind::ask_reason, "", {e.record.id}};
    return std::nullopt;
}

std::optional<book::time_point> book::due() const {
    std::optional<time_point> first;
    auto const consider = [&](std::optional<time_point> const& at) {
        if (at && (!first || *at < *first)) first = at;
    };
    if (needs_list()) consider(list_at_);
    for (auto const& e : entries_)
        if (e.at == phase::submitted) consider(e.act_at);
    return first;
}

std::vector<news> book::done(action const& what, result<command_output> const& outcome, time_point now) {
    switch (what.what) {
    case action::kind::submit: return on_submitted(what.name, outcome, now);
    case action::kind::cancel: return on_cancelled(what, outcome, now);
    case action::kind::list: return on_listed(outcome, now);
    case action::kind::ask_end: return on_end_told(what.ids.front(), outcome, now);
    case action::kind::ask_reason: return on_reason_told(what.ids.front(), outcome);
    }
    return {};
}

std::vector<news> book::on_submitted(std::string const& name, result<command_output> const& outcome,
                                     time_point now) {
    auto* e = find_name(name);
    if (e == nullptr) return {};
    std::vector<news> all;
    if (!outcome && outcome.error().code == errc::timed_out) {
        e->at = phase::unsure; // the queue may have taken it, and be slow to say so
        look_soon(now);
        auto told = e->told;
        told.reason = "the queue does not answer";
        tell(*e, told, all);
        return all;
    }
    auto const id = outcome ? dialect_.read_submitted(*outcome) : result<std::string>(outcome.error());
    if (!id) {
        auto const& refusal = id.error();
        if (!e->record.is_unwanted)
            all.emplace_back(core::event{core::happened::agent_failed{
                e->record.agent, refusal.what + (refusal.hint.empty() ? "" : "; " + refusal.hint),
                refusal.code == errc::bad_configuration}});
        all.emplace_back(forgotten{name});
        forget_ended({name});
        return all;
    }
    e->record.id = *id;
    e->at = phase::submitted;
    if (e->record.is_unwanted) e->act_at = now;
    look_soon(now);
    tell(*e, {job_phase::waiting, *id, "", "", false}, all);
    return all;
}

std::vector<news> book::on_listed(result<command_output> const& outcome, time_point now) {
    list_at_ = now + pause_;
    pause_ = std::min(pause_ * 2, interval_);
    std::vector<news> all;
    auto const listed =
        outcome ? dialect_.read_list(*outcome) : result<std::vector<job_status>>(outcome.error());
    if (!listed) {
        if (!std::exchange(is_silent_, true))
            all.emplace_back(trouble{"the queue does not answer, jobs go on: " + listed.error().what});
        return all;
    }
    if (std::exchange(is_silent_, false)) all.emplace_back(trouble{"the queue answers again"});
    std::vector<std::string> over;
    for (auto& e : entries_) {
        if (e.at != phase::submitted && e.at != phase::unsure) continue;
        auto const is_it = [&](job_status const& s) {
            return e.record.id.empty() ? token_of(s.name) == token_of(e.record.name) : s.id == e.record.id;
        };
        auto const found = std::ranges::find_if(*listed, is_it);
        if (found != listed->end()) {
            e.missing = 0;
            e.record.id = found->id;
            e.at = phase::submitted;
            if (e.record.is_unwanted && !e.act_at) e.act_at = now;
            if (found->state == job_state::ended) {
                end(e, found->end.value_or(job_end{}), all);
                over.push_back(e.record.name);
            } else {
                update(e, *found, now, all);
            }
            continue;
        }
        note_missing(e, now);
        if (e.record.is_unwanted && (e.cancels > 0 || e.missing >= enough_lists)) {
            end(e, {end_cause::cancelled, {}, {}, ""}, all);
            over.push_back(e.record.name);
        }
    }
    forget_ended(over);
    return all;
}

/// The list does not have it.
void book::note_missing(entry& e, time_point now) {
    ++e.missing;
    if (e.missing < enough_lists) look_soon(now);
    if (e.missing < enough_lists && !e.has_run) return; // it may have been taken this very moment
    if (e.at == phase::unsure && !e.record.is_unwanted)
        e.at = phase::to_submit; // it never came to the queue
    else if (!e.record.is_unwanted && !e.act_at)
        e.act_at = now;
}

void book::update(entry& e, job_status const& status, time_point now, std::vector<news>& all) {
    if (e.record.is_unwanted) {
        bool const is_deaf = e.cancels > 0 && !e.refusal.empty() && status.state != job_state::completing;
        if (is_deaf)
            all.emplace_back(trouble{"job " + e.record.id + " cannot be cancelled, and it is tried again: " +
                                     std::exchange(e.refusal, "")});
        return;
    }
    if (status.state == job_state::unknown || status.state == job_state::completing) {
        if (status.state == job_state::completing) look_soon(now);
        return;
    }
    if (std::exchange(e.has_run, !is_waiting(status.state)) && is_waiting(status.state)) {
        core::happened::job_ended back{e.record.agent, core::ending::job_over, {}, true};
        back.cause.cause = "preempted";
        back.cause.text = "the queue has put job " + status.id + " back";
        all.emplace_back(core::event{back});
    }
    auto fresh = news_of(status);
    // What a question has brought is good for as long as the job waits.
    bool const waits_on = fresh.phase == job_phase::waiting && e.told.phase == job_phase::waiting;
    if (fresh.reason.empty() && waits_on) fresh.reason = e.told.reason;
    e.lacks_reason = dialect_.ask_reason != nullptr && is_waiting(status.state) && status.reason.empty();
    tell(e, fresh, all);
}

std::vector<news> book::on_cancelled(action const& what, result<command_output> const& outcome,
                                     time_point now) {
    bool const is_done = outcome && outcome->exit_code == 0;
    for (auto const& id : what.ids) {
        auto* e = find_id(id);
        if (e == nullptr) continue;
        e->act_at =
            now + std::min<milliseconds>(cancel_pause * (1 << std::min(e->cancels, 4)), longest_cancel_pause);
        ++e->cancels;
        e->refusal = is_done ? "" : outcome_text(outcome); // told if the list still has it
    }
    look_soon(now);
    return {};
}

std::vector<news> book::on_end_told(std::string const& id, result<command_output> const& outcome,
                                    time_point now) {
    auto* e = find_id(id);
    if (e == nullptr) return {};
    auto const how = outcome ? dialect_.read_end(*outcome) : result<job_end>(outcome.error());
    bool const is_known = how && how->cause != end_cause::unknown;
    if (!is_known && ++e->questions < most_questions) {
        e->act_at = now + question_pause;
        return {};
    }
    std::vector<news> all;
    end(*e, how ? *how : job_end{}, all);
    forget_ended({e->record.name});
    return all;
}

std::vector<news> book::on_reason_told(std::string const& id, result<command_output> const& outcome) {
    auto* e = find_id(id);
    auto const reason = outcome ? dialect_.read_reason(*outcome) : result<std::string>(outcome.error());
    if (e == nullptr || !reason || reason->empty() || e->told.phase != job_phase::waiting) return {};
    std::vector<news> all;
    auto told = e->told;
    told.reason = *reason;
    tell(*e, told, all);
    return all;
}

void book::tell(entry& e, core::job_news fresh, std::vector<news>& all) {
    if (e.told == fresh) return;
    e.told = std::move(fresh);
    if (!e.record.is_unwanted)
        all.emplace_back(core::event{core::happened::job_told{e.record.agent, e.told}});
}

void book::end(entry const& e, job_end const& how, std::vector<news>& all) {
    if (!e.record.is_unwanted) all.emplace_back(core::event{describe_end(e.record.agent, e.record.id, how)});
    all.emplace_back(forgotten{e.record.name});
}

void book::forget_ended(std::vector<std::string> const& names) {
    std::erase_if(entries_,
                  [&](entry const& e) { return std::ranges::find(names, e.record.name) != names.end(); });
}

book::entry* book::find_id(std::string const& id) {
    auto const it = std::ranges::find_if(entries_, [&](entry const& e) { return e.record.id == id; });
    return it == entries_.end() ? nullptr : &*it;
}

book::entry* book::find_name(std::string const& name) {
    auto const it = std::ranges::find_if(entries_, [&](entry const& e) { return e.record.name == name; });
    return it == entries_.end() ? nullptr : &*it;
}

std::vector<job_record> book::records() const {
    std::vector<job_record> all;
    for (auto const& e : entries_)
        all.push_back(e.record);
    return all;
}

job_record const* book::find(std::string const& agent) const {
    auto const it = std::ranges::find_if(
        entries_, [&](entry const& e) { return e.record.agent == agent && !e.record.is_unwanted; });
    return it == entries_.end() ? nullptr : &it->record;
}

std::vector<job_record> book::ending() const {
    std::vector<job_record> all;
    for (auto const& e : entries_)
        if (e.record.is_unwanted) all.push_back(e.record);
    return all;
}

} // namespace daskd::queue
