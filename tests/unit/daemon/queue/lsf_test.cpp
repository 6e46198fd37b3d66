#include "tests/unit/daemon/queue/support.hpp"

// No LSF was at hand: outputs are made from its manual (bjobs -json) and what its users have published.

namespace daskd::queue {
namespace {

using namespace test;
using enum job_state;

std::string record(std::string const& id, std::string const& state, std::string const& more = "") {
    return R"({"JOBID":")" + id + R"(","STAT":")" + state + R"(","JOB_NAME":"a|b")" + more + "}";
}

std::string listed(std::string const& records) {
    return R"({"COMMAND":"bjobs","JOBS":1,"RECORDS":[)" + records + "]}";
}

std::string exit_of(std::string const& code, std::string const& reason) {
    return listed(record("1", "EXIT", R"(,"EXIT_CODE":")" + code + R"(","EXIT_REASON":")" + reason + "\""));
}

TEST(lsf, writes_a_script) {
    auto what = some_job();
    what.queue = "normal";
    EXPECT_EQ(lsf.script(what), R"(#!/usr/bin/env bash

#BSUB -J dask-batch-0
#BSUB -e /logs/dask-batch-0-%J.err
#BSUB -o /logs/dask-batch-0-%J.out
#BSUB -q normal
#BSUB -P "physics"
#BSUB -n 4
#BSUB -R "span[hosts=1]"
#BSUB -M 8590MB
#BSUB -W 02:00

exec python -m worker
)");
}

TEST(lsf, writes_hours_and_minutes) {
    struct {
        char const* walltime;
        char const* expected;
    } const cases[] = {{"00:30:00", "-W 00:30\n"},
                       {"99:99:99", "-W 99:100\n"},
                       {"00:00:01", "-W 00:1\n"},
                       {"02:30", "-W 02:30\n"},
                       {"90", "-W 90\n"}};
    for (auto const& c : cases) {
        job what;
        what.walltime = c.walltime;
        EXPECT_THAT(lsf.script(what), testing::HasSubstr(c.expected));
    }
}

TEST(lsf, submits_from_standard_input) {
    EXPECT_EQ(lsf.submit("script"), (command{{"bsub"}, "script"}));
    EXPECT_EQ(lsf.read_submitted(printed("Job <123> is submitted to queue <normal>.\n")).value(), "123");
    EXPECT_EQ(error_of(lsf.read_submitted(failed("nope: No such queue. Job not submitted.\n", 255))),
              "bsub: nope: No such queue. Job not submitted.");
    EXPECT_THAT(error_of(lsf.read_submitted(printed("hello"))), testing::HasSubstr("hello"));
}

TEST(lsf, reads_jobs) {
    expect_list(lsf,
                listed(record("1", "PEND", R"(,"PEND_REASON":"New job is waiting for scheduling;")") + "," +
                       record("2", "PSUSP") + "," + record("3", "RUN", R"(,"EXEC_HOST":"4*node7:2*node8")") +
                       "," + record("4", "USUSP", R"(,"EXEC_HOST":"node7:node7")") + "," +
                       record("5", "PROV") + "," + record("6", "UNKWN") + "," + record("7", "DONE")),
                {status("1", "a|b", pending, "PEND", "New job is waiting for scheduling;"),
                 status("2", "a|b", held, "PSUSP"), status("3", "a|b", running, "RUN", "", "node7"),
                 status("4", "a|b", suspended, "USUSP", "", "node7"), status("5", "a|b", starting, "PROV"),
                 status("6", "a|b", unknown, "UNKWN"), gone("7", "a|b", "DONE", "", exited(0))});
    expect_list(lsf, listed(""), {});
}

TEST(lsf, reads_how_a_job_ended) {
    expect_end(lsf, exit_of("3", ""), exited(3));
    expect_end(lsf, exit_of("137", ""), killed(9));
    expect_end(lsf, exit_of("140", "TERM_RUNLIMIT: job killed after reaching LSF run time limit."),
               because(end_cause::walltime, "TERM_RUNLIMIT: job killed after reaching LSF run time limit."));
    expect_end(
        lsf, exit_of("", "TERM_MEMLIMIT: job killed after reaching LSF memory usage limit."),
        because(end_cause::memory, "TERM_MEMLIMIT: job killed after reaching LSF memory usage limit."));
    expect_end(lsf, exit_of("130", "TERM_OWNER: job killed by owner."),
               because(end_cause::cancelled, "TERM_OWNER: job killed by owner."));
    expect_end(lsf, exit_of("", ""), {});
    expect_end(lsf, listed(""), {});
}

TEST(lsf, does_not_take_trouble_for_an_empty_queue) {
    EXPECT_TRUE(lsf.read_list(failed("No job found\n", 255)));
    EXPECT_EQ(error_of(lsf.read_list(failed("LSF is down. Please wait ...\n", 255))),
              "bjobs: LSF is down. Please wait ...");
    for (auto const* garbage : {"hello", "{}", "[]", R"({"RECORDS":1})", R"({"RECORDS":[{"STAT":"RUN"}]})"})
        EXPECT_THAT(error_of(lsf.read_list(printed(garbage))), testing::HasSubstr("cannot read")) << garbage;
}

} // namespace
} // namespace daskd::queue
