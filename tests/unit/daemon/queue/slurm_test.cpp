#include "tests/unit/daemon/queue/support.hpp"

// Outputs are those of Slurm 22.05.8, with the blanks that fill its columns left out, unless it says
// otherwise.

namespace daskd::queue {
namespace {

using namespace test;
using enum job_state;

TEST(slurm, writes_a_script) {
    auto what = some_job();
    what.queue = "main";
    what.directives = {"--exclusive"};
    EXPECT_EQ(slurm.script(what), R"(#!/usr/bin/env bash

#SBATCH -J dask-batch-0
#SBATCH -e /logs/dask-batch-0-%J.err
#SBATCH -o /logs/dask-batch-0-%J.out
#SBATCH -p main
#SBATCH -A physics
#SBATCH -n 1
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH -t 02:00:00
#SBATCH --exclusive

exec python -m worker
)");
}

TEST(slurm, asks_for_at_least_the_memory_that_is_wanted) {
    struct {
        std::uint64_t bytes;
        char const* expected;
    } const cases[] = {{1, "1K"},
                       {1234, "2K"},
                       {12'345'678, "12M"},
                       {1'234'567'890, "2G"},
                       {15'000'000'000, "14G"},
                       {std::uint64_t{4} << 30, "4G"}};
    for (auto const& c : cases) {
        job what;
        what.memory_bytes = c.bytes;
        EXPECT_THAT(slurm.script(what), testing::HasSubstr(std::string("--mem=") + c.expected + "\n"));
    }
}

TEST(slurm, submits_from_standard_input) {
    EXPECT_EQ(slurm.submit("script"), (command{{"sbatch", "--parsable"}, "script"}));
    EXPECT_EQ(slurm.read_submitted(printed("12\n")).value(), "12");
    EXPECT_EQ(slurm.read_submitted(printed("12;east\n")).value(), "12"); // sbatch(1): in a federation
}

TEST(slurm, says_why_it_refuses_a_job) {
    EXPECT_EQ(error_of(slurm.read_submitted(failed("sbatch: error: invalid partition specified: nope\n"
                                                   "sbatch: error: Batch job submission failed: Invalid "
                                                   "partition name specified\n"))),
              "sbatch: sbatch: error: invalid partition specified: nope\n"
              "sbatch: error: Batch job submission failed: Invalid partition name specified");
    EXPECT_EQ(error_of(slurm.read_submitted(printed("hello"))),
              "sbatch printed what daskd cannot read: 'hello'");
}

TEST(slurm, cancels_many_at_once) {
    EXPECT_EQ(cancel(slurm, {"1", "2"}), (command{{"scancel", "1", "2"}}));
}

TEST(slurm, reads_jobs_that_wait_and_run) {
    expect_list(slurm,
                "7 |PENDING | |0 |0 |PartitionConfig |sbatch \n"
                "10 |PENDING | |0 |0 |Priority |a|b \n"
                "8 |PENDING | |0 |0 |None |sbatch \n"
                "9 |PENDING | |0 |0 |JobHeldUser |sbatch \n"
                "14 |PENDING | |1 |0 |BeginTime |sbatch \n"
                "1 |RUNNING |node1 |0 |0 |None |sbatch \n"
                "2 |COMPLETING |node1,node2 |0 |15 |None |sbatch \n",
                {status("7", "sbatch", impossible, "PENDING", "PartitionConfig"),
                 status("10", "a|b", pending, "PENDING", "Priority"),
                 status("8", "sbatch", pending, "PENDING"),
                 status("9", "sbatch", held, "PENDING", "JobHeldUser"),
                 requeued(status("14", "sbatch", pending, "PENDING", "BeginTime")),
                 status("1", "sbatch", running, "RUNNING", "", "node1"),
                 status("2", "sbatch", completing, "COMPLETING", "", "node1")});
}

TEST(slurm, reads_why_jobs_ended) {
    expect_list(slurm,
                "3 |COMPLETED |node1 |0 |0 |None |a \n"
                "2 |FAILED |node1 |0 |768 |NonZeroExitCode |a \n"
                "4 |FAILED |node1 |0 |9 |JobLaunchFailure |a \n"
                "6 |FAILED |node2 |0 |4021 |JobLaunchFailure |a \n"
                "8 |FAILED | |0 |1 |BadConstraints |a \n"
                "1 |CANCELLED |node1 |0 |15 |None |a \n"
                "11 |CANCELLED | |0 |0 |Priority |a \n"
                "12 |TIMEOUT |node1 |0 |15 |TimeLimit |a \n"
                "15 |NODE_FAIL |node1 |0 |15 |NodeDown |a \n",
                {gone("3", "a", "COMPLETED", "node1", exited(0, "COMPLETED")),
                 gone("2", "a", "FAILED", "node1", exited(3, "NonZeroExitCode")),
                 gone("4", "a", "FAILED", "node1", killed(9, "JobLaunchFailure")),
                 gone("6", "a", "FAILED", "node2", because(end_cause::not_started, "JobLaunchFailure")),
                 gone("8", "a", "FAILED", "", because(end_cause::not_started, "BadConstraints")),
                 gone("1", "a", "CANCELLED", "node1", because(end_cause::cancelled, "CANCELLED")),
                 gone("11", "a", "CANCELLED", "", because(end_cause::cancelled, "Priority")),
                 gone("12", "a", "TIMEOUT", "node1", because(end_cause::walltime, "TimeLimit")),
                 gone("15", "a", "NODE_FAIL", "node1", because(end_cause::node_failure, "NodeDown"))});
}

// Words of squeue(1) that this cluster could not be brought to say.
TEST(slurm, knows_further_states) {
    struct {
        char const* word;
        job_state state;
        std::optional<end_cause> cause;
    } const cases[] = {{"CONFIGURING", starting, {}},
                       {"SUSPENDED", suspended, {}},
                       {"REQUEUED", pending, {}},
                       {"REQUEUE_HOLD", held, {}},
                       {"PREEMPTED", job_state::ended, end_cause::preempted},
                       {"OUT_OF_MEMORY", job_state::ended, end_cause::memory},
                       {"BOOT_FAIL", job_state::ended, end_cause::not_started},
                       {"DEADLINE", job_state::ended, end_cause::walltime},
                       {"QUANTUM", unknown, {}}};
    for (auto const& c : cases) {
        auto const jobs = slurm.read_list(printed(std::string("1|") + c.word + "|n|0|0|None|x\n"));
        ASSERT_TRUE(jobs) << c.word;
        EXPECT_EQ(jobs->front().state, c.state) << c.word;
        EXPECT_EQ(jobs->front().end.has_value(), c.cause.has_value()) << c.word;
        EXPECT_EQ(jobs->front().end.value_or(job_end{}).cause, c.cause.value_or(end_cause::unknown))
            << c.word;
    }
}

TEST(slurm, does_not_take_trouble_for_an_empty_queue) {
    EXPECT_EQ(slurm.read_list(printed("")).value().size(), 0U);
    EXPECT_EQ(error_of(slurm.read_list(failed("slurm_load_jobs error: Unable to contact slurm controller "
                                              "(connect failure)\n"))),
              "squeue: slurm_load_jobs error: Unable to contact slurm controller (connect failure)");
    for (auto const* garbage : {"1|RUNNING", "x|RUNNING|n|0|0|None|x", "1|RUNNING|n|0|?|None|x", "<html>"})
        EXPECT_THAT(error_of(slurm.read_list(printed(garbage))), testing::HasSubstr(garbage));
}

// sacct(1)
TEST(slurm, asks_accounting_for_the_end_of_what_is_no_longer_listed) {
    EXPECT_THAT(slurm.ask_end("7").argv, testing::Contains("--jobs=7"));
    expect_end(slurm, "FAILED|3:0\n", exited(3, "FAILED"));
    expect_end(slurm, "FAILED|0:9\n", killed(9, "FAILED"));
    expect_end(slurm, "CANCELLED by 1000|0:15\n", because(end_cause::cancelled, "CANCELLED"));
    expect_end(slurm, "TIMEOUT|0:0\n", because(end_cause::walltime, "TIMEOUT"));
    expect_end(slurm, "RUNNING|0:0\n", {});
    expect_end(slurm, "", {});
    EXPECT_EQ(error_of(slurm.read_end(failed("Slurm accounting storage is disabled\n"))),
              "sacct: Slurm accounting storage is disabled");
    EXPECT_THAT(error_of(slurm.read_end(printed("what?"))), testing::HasSubstr("what?"));
}

} // namespace
} // namespace daskd::queue
