#pragma once

#include "daemon/core/event.hpp"
#include "daemon/core/job_record.hpp"
#include "daemon/core/time.hpp"
#include "daemon/queue/dialect.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace daskd::queue {

// The jobs that daskd has in one queue: which are to be submitted and cancelled, when the queue is asked, and
// what follows from its answers. Pure: `next` says which command is due, whoever runs it brings the outcome
// to `done`, one at a time. What is told by that are the core's events.
//
//   to_submit ──taken──> submitted ──gone or ended──> (told, and forgotten)
//       │                    ^
//       └──no answer──> unsure: the list finds it by its name, or it is submitted again
//
// A job is known by its name until it has an id. The name is unique, and is written down before the job is
// submitted: so a daskd that died in between submits nothing twice.

using core::job_record;

/// A command that is due.
struct action {
    enum class kind { submit, cancel, list, ask_end, ask_reason };
    kind what = kind::list;
    std::string name;             ///< of the job to submit
    std::vector<std::string> ids; ///< of those to cancel, or of the one to ask about

    bool operator==(action const&) const = default;
};

/// A job is no more, and nothing of it is needed any longer.
struct forgotten {
    std::string name;
};
/// What users should know.
struct trouble {
    std::string text;
};
using news = std::variant<core::event, forgotten, trouble>;

class book {
public:
    using time_point = core::time_point;
    using milliseconds = core::milliseconds;

    explicit book(dialect const& d, milliseconds poll_interval) : dialect_(d), interval_(poll_interval) {}

    /// Jobs that an earlier daskd had.
    void restore(std::vector<job_record> const& records, time_point now);
    /// The agent wants a job; `name` is that of a new one, if it has none yet. Tells what is known of the one
    /// that it has.
    std::vector<news> want(std::string const& agent, std::string const& name, time_point now);
    /// It wants none any more.
    std::vector<news> unwant(std::string const& agent, time_point now);
    /// Something may have happened: the queue is asked soon.
    void look_soon(time_point now);
    void set_interval(milliseconds interval) { interval_ = interval; }

    [[nodiscard]] std::optional<action> next(time_point now);
    /// When `next` may have something; empty: when something else happens.
    [[nodiscard]] std::optional<time_point> due() const;
    /// How the command went that `next` gave.
    std::vector<news> done(action const& what, result<command_output> const& outcome, time_point now);

    [[nodiscard]] std::vector<job_record> records() const;
    /// The agent's job; null: it has none. Of one that is unwanted nothing is said.
    [[nodiscard]] job_record const* find(std::string const& agent) const;
    /// Jobs that are unwanted and still there.
    [[nodiscard]] std::vector<job_record> ending() const;

private:
    enum class phase { to_submit, submitting, unsure, submitted };
    struct entry {
        job_record record;
        phase at = phase::to_submit;
        core::job_news told;
        bool has_run = false;
        int missing = 0; ///< lists in a row that did not have it
        int cancels = 0;
        std::string refusal = {};              ///< of the last cancel
        std::optional<time_point> act_at = {}; ///< of the next cancel, or question about its end
        int questions = 0;                     ///< about its end
        bool lacks_reason = false;
    };

    std::vector<news> on_submitted(std::string const& name, result<command_output> const& outcome,
                                   time_point now);
    std::vector<news> on_listed(result<command_output> const& outcome, time_point now);
    std::vector<news> on_cancelled(action const& what, result<command_output> const& outcome, time_point now);
    std::vector<news> on_end_told(std::string const& id, result<command_output> const& outcome,
                                  time_point now);
    std::vector<news> on_reason_told(std::string const& id, result<command_output> const& outcome);
    void update(entry& e, job_status const& status, time_point now, std::vector<news>& all);
    void note_missing(entry& e, time_point now);
    void tell(entry& e, core::job_news fresh, std::vector<news>& all);
    void end(entry const& e, job_end const& how, std::vector<news>& all);
    void forget_ended(std::vector<std::string> const& names);
    entry* find_id(std::string const& id);
    entry* find_name(std::string const& name);
    [[nodiscard]] bool needs_list() const;

    dialect const& dialect_;
    milliseconds interval_;
    milliseconds pause_{0};
    std::optional<time_point> list_at_;
    bool is_silent_ = false; ///< the queue did not answer the last time
    std::vector<entry> entries_;
};

/// What the end of a job means for what ran in it.
[[nodiscard]] core::happened::job_ended describe_end(std::string const& agent, std::string const& id,
                                                     job_end const& how);

} // namespace daskd::queue
