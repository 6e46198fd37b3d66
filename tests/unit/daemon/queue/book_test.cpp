#include "daemon/queue/book.hpp"
#include "tests/unit/daemon/queue/support.hpp"

#include <algorithm>

namespace daskd::queue {
namespace {

using namespace std::chrono_literals;
using namespace core::happened;
using core::ending;
using core::job_phase;
using testing::ElementsAre;
using testing::IsEmpty;
using kind = action::kind;

/// A queue whose commands print what a test says.
command plain(std::string const& /*about*/) {
    return {{"queue"}, ""};
}
result<std::string> read_id(command_output const& output) {
    if (output.exit_code != 0) return error{errc::failed, output.err, ""};
    return output.out;
}
/// "ID NAME STATE [REASON]" a line.
result<std::vector<job_status>> read_jobs(command_output const& output) {
    if (output.exit_code != 0) return error{errc::failed, output.err, ""};
    std::vector<job_status> jobs;
    std::istringstream lines(output.out);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        job_status s;
        words >> s.id >> s.name >> s.word >> s.reason;
        constexpr std::array<std::string_view, 8> names{"pending", "impossible", "held",       "starting",
                                                        "running", "suspended",  "completing", "ended"};
        s.state = static_cast<job_state>(std::ranges::find(names, s.word) - names.begin());
        if (s.state == job_state::running) s.node = "node1";
        if (s.state == job_state::ended) s.end = job_end{end_cause::walltime, {}, {}, ""};
        jobs.push_back(std::move(s));
    }
    return jobs;
}
result<job_end> read_code(command_output const& output) {
    if (output.exit_code != 0) return error{errc::failed, output.err, ""};
    return job_end{end_cause::exit, std::stoi(output.out), {}, ""};
}
dialect const quiet{
    config::launcher_kind::slurm, nullptr, plain, read_id, "cancel", plain, read_jobs, plain, read_code};
dialect const talkative{config::launcher_kind::sge,
                        nullptr,
                        plain,
                        read_id,
                        "cancel",
                        plain,
                        read_jobs,
                        plain,
                        read_code,
                        plain,
                        read_id};

/// A book, its clock, and what it has told.
struct desk {
    explicit desk(dialect const& d = quiet) : jobs(d, 30s) {}

    core::time_point now{1h};
    book jobs;
    std::vector<std::string> told;

    void note(std::vector<news> const& all) {
        for (auto const& n : all) {
            if (auto const* f = std::get_if<forgotten>(&n)) told.push_back("forgotten " + f->name);
            if (auto const* t = std::get_if<trouble>(&n)) told.push_back("trouble: " + t->text);
            auto const* e = std::get_if<core::event>(&n);
            if (e == nullptr) continue;
            if (auto const* t = std::get_if<job_told>(e))
                told.push_back(t->agent + " " + to_string(t->news.phase) +
                               (t->news.id.empty() ? "" : " " + t->news.id) +
                               (t->news.reason.empty() ? "" : ": " + t->news.reason) +
                               (t->news.is_stuck ? " (stuck)" : ""));
            if (auto const* d = std::get_if<job_ended>(e))
                told.push_back(d->agent + (d->is_requeued ? " requeued: " : " ended: ") + d->cause.text);
            if (auto const* f = std::get_if<agent_failed>(e))
                told.push_back(f->agent + " refused: " + f->text);
        }
    }
    void want(std::string const& agent, std::string const& name) { note(jobs.want(agent, name, now)); }
    void unwant(std::string const& agent) { note(jobs.unwant(agent, now)); }
    /// The next command, once it is due; it must be of this kind.
    action expect(kind what) {
        auto next = jobs.next(now);
        while (!next && jobs.due()) {
            now = std::max(now, *jobs.due());
            next = jobs.next(now);
        }
        EXPECT_TRUE(next.has_value());
        EXPECT_EQ(static_cast<int>(next.value_or(action{}).what), static_cast<int>(what));
        return next.value_or(action{});
    }
    void runs(kind what, command_output const& output) { note(jobs.done(expect(what), output, now)); }
    void fails(kind what, error const& why) { note(jobs.done(expect(what), why, now)); }
    /// A job that has come so far.
    void submitted(std::string const& agent, std::string const& name, std::string const& id) {
        want(agent, name);
        runs(kind::submit, test::printed(id));
        told.clear();
    }
    void running(std::string const& agent, std::string const& name, std::string const& id) {
        submitted(agent, name, id);
        runs(kind::list, test::printed(id + " " + name + " running"));
        told.clear();
    }
    std::vector<std::string> take() { return std::exchange(told, {}); }
};

TEST(book, submits_what_is_wanted_and_tells_how_far_it_is) {
    desk d;
    d.want("a", "dask-b-0-11");
    EXPECT_EQ(d.expect(kind::submit).name, "dask-b-0-11");
    d.note(d.jobs.done({kind::submit, "dask-b-0-11", {}}, test::printed("7"), d.now));
    d.runs(kind::list, test::printed("7 dask-b-0-11 pending Resources"));
    d.runs(kind::list, test::printed("7 dask-b-0-11 starting"));
    d.runs(kind::list, test::printed("7 dask-b-0-11 running"));
    d.runs(kind::list, test::printed("7 dask-b-0-11 running"));
    EXPECT_THAT(d.take(), ElementsAre("a submitting", "a pending 7", "a pending 7: Resources", "a starting 7",
                                      "a running 7"));
}

TEST(book, asks_the_queue_sooner_after_something_has_happened) {
    desk d;
    d.submitted("a", "n-1", "7");
    std::vector<std::chrono::seconds> pauses;
    for (int n = 0; n < 7; ++n) {
        auto const before = d.now;
        d.runs(kind::list, test::printed("7 n-1 running"));
        pauses.push_back(std::chrono::duration_cast<std::chrono::seconds>(d.now - before));
    }
    EXPECT_THAT(pauses, ElementsAre(1s, 1s, 2s, 4s, 8s, 16s, 30s));
    d.want("b", "n-2");
    d.runs(kind::submit, test::printed("8"));
    EXPECT_EQ(d.jobs.due(), d.now + 1s);
}

TEST(book, needs_no_question_without_jobs) {
    desk d;
    EXPECT_EQ(d.jobs.due(), std::nullopt);
    d.jobs.look_soon(d.now);
    EXPECT_EQ(d.jobs.due(), std::nullopt);
}

TEST(book, tells_a_refusal_in_the_queues_words_and_forgets_the_job) {
    desk d;
    d.want("a", "n-1");
    d.runs(kind::submit, test::failed("invalid partition"));
    EXPECT_THAT(d.take(), ElementsAre("a submitting", "a refused: invalid partition", "forgotten n-1"));
    EXPECT_THAT(d.jobs.records(), IsEmpty());
    d.want("a", "n-2");
    EXPECT_EQ(d.expect(kind::submit).name, "n-2") << "it may be tried again";
}

TEST(book, finds_a_job_by_its_name_when_the_queue_was_slow_to_answer) {
    desk d;
    d.want("a", "n-1");
    d.fails(kind::submit, error{errc::timed_out, "sbatch: not done within 30000 ms", ""});
    d.runs(kind::list, test::printed("9 other-2 pending\n8 n-1 running"));
    EXPECT_EQ(d.jobs.find("a")->id, "8");
    EXPECT_THAT(d.take(),
                ElementsAre("a submitting", "a submitting: the queue does not answer", "a running 8"));
}

TEST(book, submits_again_what_never_came_to_the_queue) {
    desk d;
    d.want("a", "n-1");
    d.fails(kind::submit, error{errc::timed_out, "", ""});
    d.runs(kind::list, test::printed(""));
    d.runs(kind::list, test::printed(""));
    EXPECT_EQ(d.expect(kind::submit).name, "n-1");
}

TEST(book, knows_the_jobs_of_an_earlier_daskd_by_name_and_id) {
    desk d;
    d.jobs.restore({{"a", "n-1", "", false}, {"b", "n-2", "8", false}, {"c", "n-3", "9", true}}, d.now);
    d.want("a", "n-4");
    d.want("b", "n-5");
    auto const cancel = d.expect(kind::cancel);
    EXPECT_THAT(cancel.ids, ElementsAre("9"));
    d.note(d.jobs.done(cancel, test::printed(""), d.now));
    d.runs(kind::list, test::printed("7 n-1 running\n8 n-2 pending\n"));
    EXPECT_THAT(d.take(), ElementsAre("a submitting", "b pending 8", "a running 7", "forgotten n-3"));
}

TEST(book, asks_how_a_job_ended_that_is_no_longer_listed) {
    desk d;
    d.running("a", "n-1", "7");
    d.runs(kind::list, test::printed(""));
    EXPECT_THAT(d.expect(kind::ask_end).ids, ElementsAre("7"));
    d.note(d.jobs.done({kind::ask_end, "", {"7"}}, test::printed("3"), d.now));
    EXPECT_THAT(d.take(),
                ElementsAre("a ended: job 7 ended with code 3; its output says why", "forgotten n-1"));
    EXPECT_EQ(d.jobs.find("a"), nullptr);
}

TEST(book, takes_an_end_that_nobody_tells_for_lost) {
    desk d;
    d.running("a", "n-1", "7");
    d.runs(kind::list, test::printed(""));
    for (int n = 0; n < 4; ++n) {
        while (d.jobs.due() && d.jobs.due() <= d.now) // lists come in between
            if (auto const next = d.jobs.next(d.now); next && next->what == kind::list)
                d.note(d.jobs.done(*next, test::printed(""), d.now));
            else
                break;
        auto next = d.jobs.next(d.now);
        while (!next || next->what == kind::list) {
            if (next) d.note(d.jobs.done(*next, test::printed(""), d.now));
            d.now = std::max(d.now, d.jobs.due().value());
            next = d.jobs.next(d.now);
        }
        ASSERT_EQ(static_cast<int>(next->what), static_cast<int>(kind::ask_end));
        d.note(d.jobs.done(*next, test::failed("no accounting"), d.now));
    }
    EXPECT_THAT(d.take(), ElementsAre("a ended: job 7 is gone, and the queue does not say how it ended",
                                      "forgotten n-1"));
}

TEST(book, gives_a_fresh_job_time_to_be_listed) {
    desk d;
    d.submitted("a", "n-1", "7");
    d.runs(kind::list, test::printed(""));
    EXPECT_THAT(d.take(), IsEmpty());
    d.runs(kind::list, test::printed("7 n-1 running"));
    EXPECT_THAT(d.take(), ElementsAre("a running 7"));
}

TEST(book, tells_a_job_that_the_queue_has_put_back) {
    desk d;
    d.running("a", "n-1", "7");
    d.runs(kind::list, test::printed("7 n-1 pending BeginTime"));
    EXPECT_THAT(d.take(), ElementsAre("a requeued: the queue has put job 7 back", "a pending 7: BeginTime"));
    EXPECT_NE(d.jobs.find("a"), nullptr) << "it is not submitted again";
}

TEST(book, tells_what_keeps_a_job_from_running) {
    desk d;
    d.submitted("a", "n-1", "7");
    d.runs(kind::list, test::printed("7 n-1 held JobHeldUser"));
    d.runs(kind::list, test::printed("7 n-1 impossible PartitionConfig"));
    d.runs(kind::list, test::printed("7 n-1 suspended"));
    EXPECT_THAT(d.take(),
                ElementsAre("a pending 7: held: JobHeldUser", "a pending 7: PartitionConfig (stuck)",
                            "a running 7: suspended by the queue"));
}

TEST(book, asks_for_the_reason_where_the_list_has_none) {
    desk d(talkative);
    d.submitted("a", "n-1", "7");
    d.runs(kind::list, test::printed("7 n-1 pending"));
    d.runs(kind::ask_reason, test::printed("all queues are full"));
    EXPECT_THAT(d.take(), ElementsAre("a pending 7: all queues are full"));
    d.runs(kind::list, test::printed("7 n-1 pending"));
    EXPECT_THAT(d.take(), IsEmpty()) << "it still holds";
}

TEST(book, cancels_all_at_once_and_waits_until_they_are_gone) {
    desk d;
    d.running("a", "n-1", "7");
    d.want("b", "n-2");
    d.runs(kind::submit, test::printed("8"));
    d.take();
    d.unwant("a");
    d.unwant("b");
    EXPECT_THAT(d.expect(kind::cancel).ids, ElementsAre("7", "8"));
    d.note(d.jobs.done({kind::cancel, "", {"7", "8"}}, test::printed(""), d.now));
    d.runs(kind::list, test::printed("7 n-1 completing\n8 n-2 ended"));
    EXPECT_EQ(d.jobs.ending().size(), 1U);
    d.runs(kind::list, test::printed(""));
    EXPECT_THAT(d.jobs.ending(), IsEmpty());
    EXPECT_THAT(d.take(), ElementsAre("forgotten n-2", "forgotten n-1")) << "how they ended is no news";
}

TEST(book, cancels_again_and_tells_it) {
    desk d;
    d.running("a", "n-1", "7");
    d.unwant("a");
    d.runs(kind::cancel, test::failed("permission denied"));
    d.runs(kind::list, test::printed("7 n-1 running"));
    EXPECT_THAT(d.take(),
                ElementsAre("trouble: job 7 cannot be cancelled, and it is tried again: permission denied"));
    auto const before = d.now;
    while (true) {
        auto const next = d.jobs.next(d.now);
        if (next && next->what == kind::cancel) break;
        if (next) d.note(d.jobs.done(*next, test::printed("7 n-1 running"), d.now));
        if (!next) d.now = d.jobs.due().value();
        ASSERT_LT(d.now - before, 60s);
    }
    EXPECT_GE(d.now - before, 3s);
}

TEST(book, forgets_at_once_what_was_never_submitted) {
    desk d;
    d.want("a", "n-1");
    d.unwant("a");
    EXPECT_THAT(d.take(), ElementsAre("a submitting", "forgotten n-1"));
    EXPECT_EQ(d.jobs.next(d.now), std::nullopt);
}

TEST(book, cancels_a_job_whose_submission_was_under_way) {
    desk d;
    d.want("a", "n-1");
    auto const submission = d.expect(kind::submit);
    d.unwant("a");
    d.note(d.jobs.done(submission, test::printed("7"), d.now));
    EXPECT_THAT(d.expect(kind::cancel).ids, ElementsAre("7"));
}

TEST(book, submits_a_successor_while_the_former_job_is_still_being_cancelled) {
    desk d;
    d.running("a", "n-1", "7");
    d.unwant("a");
    d.want("a", "n-2");
    d.runs(kind::cancel, test::printed(""));
    EXPECT_EQ(d.expect(kind::submit).name, "n-2");
    EXPECT_EQ(d.jobs.find("a")->name, "n-2");
}

TEST(book, keeps_what_it_knows_while_the_queue_is_silent) {
    desk d;
    d.running("a", "n-1", "7");
    d.runs(kind::list, test::failed("cannot contact the controller"));
    d.runs(kind::list, test::failed("cannot contact the controller"));
    d.runs(kind::list, test::printed("7 n-1 running"));
    EXPECT_THAT(d.take(),
                ElementsAre("trouble: the queue does not answer, jobs go on: cannot contact the controller",
                            "trouble: the queue answers again"));
}

struct end_case {
    std::string name;
    job_end end;
    ending why;
    std::string cause;
    std::string text;
};

void PrintTo(end_case const& test, std::ostream* to) {
    *to << test.name;
}

class end_of_a_job : public testing::TestWithParam<end_case> {};

TEST_P(end_of_a_job, says_what_it_means_for_workers) {
    auto const& c = GetParam();
    auto const told = describe_end("a", "7", c.end);
    EXPECT_EQ(told.agent, "a");
    EXPECT_EQ(static_cast<int>(told.why), static_cast<int>(c.why));
    EXPECT_EQ(told.cause.cause, c.cause);
    EXPECT_EQ(told.cause.text, c.text);
}

INSTANTIATE_TEST_SUITE_P(
    all, end_of_a_job,
    testing::ValuesIn(std::vector<end_case>{
        {"code_0", test::exited(0), ending::none, "exit", "job 7 ended with code 0"},
        {"code_3", test::exited(3), ending::none, "exit", "job 7 ended with code 3; its output says why"},
        {"killed", test::killed(9), ending::none, "signal", "job 7 was killed by SIGKILL"},
        {"walltime", test::because(end_cause::walltime, ""), ending::job_over, "walltime",
         "job 7 has reached its walltime"},
        {"memory", test::because(end_cause::memory, "oom"), ending::none, "memory",
         "job 7 used more memory than it had asked for (oom)"},
        {"cancelled", test::because(end_cause::cancelled, ""), ending::job_cancelled, "cancelled",
         "job 7 was cancelled"},
        {"preempted", test::because(end_cause::preempted, ""), ending::job_over, "preempted",
         "job 7 was preempted"},
        {"node", test::because(end_cause::node_failure, ""), ending::job_over, "lost",
         "the node of job 7 failed"},
        {"not_started", test::because(end_cause::not_started, "JobLaunchFailure"), ending::none,
         "start_failed", "job 7 could not be started (JobLaunchFailure)"},
        {"unknown", {}, ending::none, "lost", "job 7 is gone, and the queue does not say how it ended"},
    }),
    [](auto const& test) { return test.param.name; });

} // namespace
} // namespace daskd::queue
