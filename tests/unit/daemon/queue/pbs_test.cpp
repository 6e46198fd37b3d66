#include "tests/unit/daemon/queue/support.hpp"

// No PBS was at hand: outputs are made from its manual (qstat -f), its job.h (substates, Exit_status below
// zero) and what its users have published.

namespace daskd::queue {
namespace {

using namespace test;
using enum job_state;

std::string full(std::string const& id, std::string const& name, std::string const& more) {
    return "Job Id: " + id + "\n    Job_Name = " + name + "\n    Job_Owner = me@login\n" + more + "\n";
}

std::string finished(std::string const& more) {
    return full("1.server", "x", "    job_state = F\n" + more);
}

TEST(pbs, writes_a_script) {
    auto what = some_job();
    what.queue = "workq";
    EXPECT_EQ(pbs.script(what), R"(#!/usr/bin/env bash

#PBS -N dask-batch-0
#PBS -q workq
#PBS -A physics
#PBS -l select=1:ncpus=4:mem=8192MB
#PBS -l walltime=02:00:00
#PBS -e /logs/
#PBS -o /logs/

exec python -m worker
)");
}

TEST(pbs, takes_the_users_resources_for_its_own) {
    auto what = some_job();
    what.resource_spec = "select=1:ncpus=24:mem=100GB";
    EXPECT_THAT(pbs.script(what), testing::HasSubstr("#PBS -l select=1:ncpus=24:mem=100GB\n"));
}

TEST(pbs, asks_for_at_least_the_memory_that_is_wanted) {
    struct {
        std::uint64_t bytes;
        char const* expected;
    } const cases[] = {{1, ":mem=1B\n"},
                       {1234, ":mem=1234B\n"},
                       {12'345'678, ":mem=12MB\n"},
                       {1'234'567'890, ":mem=1178MB\n"},
                       {15'000'000'000, ":mem=14GB\n"}};
    for (auto const& c : cases) {
        job what;
        what.memory_bytes = c.bytes;
        EXPECT_THAT(pbs.script(what), testing::HasSubstr(c.expected));
    }
}

TEST(pbs, submits_from_standard_input) {
    EXPECT_EQ(pbs.submit("script"), (command{{"qsub"}, "script"}));
    EXPECT_EQ(pbs.read_submitted(printed("123.server.example.org\n")).value(), "123.server.example.org");
    EXPECT_EQ(error_of(pbs.read_submitted(failed("qsub: Unknown queue\n"))), "qsub: qsub: Unknown queue");
    for (auto const* garbage : {"", "hello", "123 is the number"})
        EXPECT_THAT(error_of(pbs.read_submitted(printed(garbage))), testing::HasSubstr("cannot read"));
}

TEST(pbs, asks_for_the_users_own_jobs) {
    auto const asked = pbs.list("me");
    EXPECT_EQ(asked.argv.front(), "sh");
    EXPECT_EQ(asked.argv.back(), "me");
}

TEST(pbs, reads_jobs) {
    expect_list(
        pbs,
        full("1.server", "a|b = c",
             "    job_state = Q\n    comment = Not Running: Insufficient amount of\n\t "
             "resource: ncpus\n    substate = 10") +
            full("2.server", "x",
                 "    job_state = Q\n    comment = Can Never Run: Insufficient amount of resource: ncpus") +
            full("3.server", "x",
                 "    job_state = R\n    substate = 42\n    exec_host = node7/0*4+node8/0\n    run_count = "
                 "1") +
            full("4.server", "x", "    job_state = R\n    substate = 41\n    exec_host = node7/1") +
            full("5.server", "x", "    job_state = H") + full("6.server", "x", "    job_state = S") +
            full("7.server", "x", "    job_state = E") +
            full("8.server", "x", "    job_state = Q\n    run_count = 1") +
            full("9.server", "x", "    job_state = ?"),
        {status("1.server", "a|b = c", pending, "Q", "Not Running: Insufficient amount of resource: ncpus"),
         status("2.server", "x", impossible, "Q", "Can Never Run: Insufficient amount of resource: ncpus"),
         status("3.server", "x", running, "R", "", "node7"),
         status("4.server", "x", starting, "R", "", "node7"), status("5.server", "x", held, "H"),
         status("6.server", "x", suspended, "S"), status("7.server", "x", completing, "E"),
         requeued(status("8.server", "x", pending, "Q")), status("9.server", "x", unknown, "?")});
    expect_list(pbs, "", {});
}

TEST(pbs, reads_how_a_job_ended) {
    expect_end(pbs, finished("    Exit_status = 3\n    substate = 93"), exited(3));
    expect_end(pbs, finished("    Exit_status = 265"), killed(9));
    expect_end(pbs, finished("    Exit_status = -29"), because(end_cause::walltime, ""));
    expect_end(pbs, finished("    Exit_status = -27"), because(end_cause::memory, ""));
    expect_end(pbs, finished("    Exit_status = -1\n    comment = job failed"),
               because(end_cause::not_started, "job failed"));
    expect_end(pbs, finished("    Exit_status = 271\n    substate = 91\n    comment = terminated"),
               because(end_cause::cancelled, "terminated"));
    expect_end(pbs,
               finished("    Exit_status = 271\n    Resource_List.walltime = 00:00:10\n"
                        "    resources_used.walltime = 00:00:12"),
               because(end_cause::walltime, ""));
    expect_end(pbs,
               finished("    Exit_status = 271\n    Resource_List.walltime = 00:30:00\n"
                        "    resources_used.walltime = 00:00:12"),
               killed(15));
    expect_end(pbs, finished(""), {});
}

TEST(pbs, does_not_take_trouble_for_an_empty_queue) {
    EXPECT_EQ(error_of(pbs.read_list(failed("qselect: cannot connect to server (errno=15010)\n"))),
              "qstat: qselect: cannot connect to server (errno=15010)");
    EXPECT_THAT(error_of(pbs.read_list(printed("<html>"))), testing::HasSubstr("<html>"));
    EXPECT_THAT(error_of(pbs.read_list(printed("    job_state = Q\n"))), testing::HasSubstr("cannot read"));
    EXPECT_EQ(error_of(pbs.read_end(failed("qstat: Unknown Job Id 1.server\n"))),
              "qstat: qstat: Unknown Job Id 1.server");
}

TEST(pbs, reads_those_that_are_left_when_one_is_gone) {
    auto output = printed(full("1.server", "x", "    job_state = R"));
    output.exit_code = 35;
    output.err = "qstat: Unknown Job Id 2.server\n";
    auto const jobs = pbs.read_list(output);
    ASSERT_TRUE(jobs);
    EXPECT_EQ(jobs->size(), 1U);
}

} // namespace
} // namespace daskd::queue
