#pragma once

#include "daemon/core/diff.hpp"
#include "daemon/supervise/planner.hpp"
#include "daemon/supervise/supervisor.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daskd::supervise {

/// How a verb waits for what it has begun.
struct patience {
    bool waits = true;
    std::optional<core::time_point> until; ///< then it fails with errc::timed_out; nothing is undone
};

struct up_request {
    state::overrides flags;
    std::vector<std::string> pools; ///< empty: all
    state::client_context context;
    bool started_by_up = false;
};

/// A process that is not as it should be, and why.
struct problem {
    std::string name;
    std::string state;
    std::string text;
};

struct reload_outcome {
    std::vector<core::change> changes;
    std::vector<problem> problems; ///< of what was restarted: the rest of its pool is as it was then
};

struct scale_outcome {
    std::map<std::string, int> pools;          ///< workers by pool, all of them
    std::vector<std::string> adapt_turned_off; ///< pools that adapted until now
};

struct up_outcome {
    bool changed = false;
    std::vector<problem> problems;
    std::vector<std::string> warnings;
};

/// The verbs of daskctl that change the cluster. Each says what it wants of the core and waits until it has
/// happened. A verb whose client leaves stops waiting; what it began goes on.
class verbs {
public:
    verbs(supervisor& s, planner p) : s_(s), planner_(std::move(p)) {
        s_.on_agent_facts([this](std::string const& agent) { plan_for_host_of(agent); });
    }
    verbs(verbs const&) = delete;
    verbs& operator=(verbs const&) = delete;

    /// Called with the settings that hold from now on, and the environment that `up` brought: for what is no
    /// process of the cluster.
    using settings_listener =
        std::function<void(config::cluster_settings const&, core::environment const& context)>;
    void on_settings(settings_listener call) { settings_heard_ = std::move(call); }
    /// Reads them while there is no plan; wrong ones hold no more than none.
    void read_settings();

    /// After a restart of daskd: brings back what was wanted, and takes over what still runs.
    boost::asio::awaitable<result<void>> resume();

    boost::asio::awaitable<result<up_outcome>> up(up_request request, patience p);
    boost::asio::awaitable<result<bool>> down(bool force, patience p); ///< whether it changed anything
    boost::asio::awaitable<result<up_outcome>> restart(bool cold, bool force, patience p);
    boost::asio::awaitable<result<reload_outcome>> reload(bool dry_run, patience p);

    boost::asio::awaitable<result<bool>> start_scheduler(patience p);
    boost::asio::awaitable<result<bool>> stop_scheduler(bool force, patience p);
    boost::asio::awaitable<result<bool>> restart_scheduler(bool force, patience p);

    /// Names may be globs. The result are those that it changed.
    using names = std::vector<std::string>;
    boost::asio::awaitable<result<names>> start_workers(names patterns, patience p);
    boost::asio::awaitable<result<names>> stop_workers(names patterns, bool force, patience p);
    boost::asio::awaitable<result<names>> restart_workers(names patterns, bool force, patience p);

    /// `pools`: workers by pool; "" is the only pool. They adapt no more.
    boost::asio::awaitable<result<scale_outcome>> scale(std::map<std::string, int> pools, bool force,
                                                        patience p);
    /// Has a pool ("": the only one) follow the load, or no longer: then it keeps the workers that it has.
    /// Waits for its minimum.
    boost::asio::awaitable<result<core::pool_spec>> adapt(std::string pool, state::adapt_wish wish,
                                                          patience p);
    /// What adaptation has decided.
    void set_numbers(std::string const& pool, std::set<int> numbers);

    /// Asks the job runner (job_runner/PROTOCOL.md), which is started for it, and waits for the answer. One
    /// that dies meanwhile is followed by another, which is asked the same.
    boost::asio::awaitable<result<json>> ask_runner(std::string op, json params);

    /// Waits until the named workers (which may not exist yet), or all that are desired, are in `state`; with
    /// `count` until that many are.
    boost::asio::awaitable<result<void>> wait(names patterns, std::string state, std::optional<int> count,
                                              patience p);

    /// Ends the cluster because daskd ends: what was wanted stays recorded.
    boost::asio::awaitable<void> stop_for_exit();

    /// The workers that match; fails with errc::unknown_name on a pattern that matches none.
    [[nodiscard]] result<names> match(names const& patterns) const;

    [[nodiscard]] planner const& plans() const { return planner_; }
    /// The settings of the present plan.
    [[nodiscard]] std::optional<planner::made> const& made() const { return made_; }
    [[nodiscard]] supervisor& cluster_supervisor() { return s_; }

private:
    boost::asio::awaitable<result<up_outcome>> wait_for_all(up_outcome outcome, patience p);
    /// Has a cluster that runs some of its pools run these too (none: all). Whether it did not yet.
    boost::asio::awaitable<result<bool>> add_pools(names pools);
    /// The workers that were stopped by hand and are in none of these pools (none: all).
    [[nodiscard]] std::set<std::string> stopped_outside(names const& pools) const;
    /// Fails if workers hold results that nobody else could take over.
    boost::asio::awaitable<result<void>> check_loss(names leaving, bool force, std::string verb);
    boost::asio::awaitable<result<void>> wait_for(std::function<bool()> condition, patience p,
                                                  std::string what);
    /// What wait() has waited for in vain.
    [[nodiscard]] std::string missing(names const& patterns, std::string const& state,
                                      std::optional<int> count) const;
    [[nodiscard]] result<void> need_up() const;
    /// Fails where some of them cannot be reached: `what` is done later.
    [[nodiscard]] result<void> need_reach(names const& workers, std::string const& what) const;
    /// Fails where some of them share a job, and a nanny of Dask's own, with others.
    [[nodiscard]] result<void> need_whole_jobs(names const& workers) const;
    [[nodiscard]] result<std::string> pool_named(std::string const& name) const;
    /// A pool that begins to adapt with the plan `next` keeps the workers that it has; one that ceases to has
    /// as many as are configured.
    void keep_numbers(state::intent& intent, core::plan const& next) const;
    [[nodiscard]] std::vector<problem> problems() const;
    [[nodiscard]] std::vector<std::string> differences(state::client_context const& context,
                                                       state::overrides const& flags) const;
    /// A remote agent has told what its host offers: its workers may be other ones now.
    void plan_for_host_of(std::string const& agent);
    boost::asio::awaitable<result<void>> start_runner();
    /// Jobs that have not ended go on.
    void resume_jobs();
    /// The cluster is wanted up again, whoever ended it before.
    void forget_last_words();
    [[nodiscard]] bool is_running(std::string const& worker) const;

    /// This plan, and its settings, hold from now on.
    void use(planner::made const& made);

    supervisor& s_;
    planner planner_;
    settings_listener settings_heard_ = [](auto const&, auto const&) {};
    std::optional<planner::made> made_;
    bool is_resumed_ = false;
};

} // namespace daskd::supervise
