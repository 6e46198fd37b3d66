#include "tests/unit/daemon/queue/support.hpp"

// No HTCondor was at hand: outputs are made from its manual (condor_q, condor_history, Job ClassAd
// Attributes).

namespace daskd::queue {
namespace {

using namespace test;
using enum job_state;

TEST(htcondor, writes_a_submit_description) {
    auto what = some_job();
    what.prologue = {"source 'my venv/bin/activate'", "cd $HOME"};
    what.command = {"python", "-c", "print(\"x\")"};
    what.directives = {"RequestDisk = 4GB"};
    EXPECT_EQ(htcondor.script(what), R"(JobBatchName = dask-batch-0
RequestCpus = 4
RequestMemory = 8192
accounting_group = physics
Output = /logs/dask-batch-0-$(ClusterId).$(ProcId).out
Error = /logs/dask-batch-0-$(ClusterId).$(ProcId).err
Log = /logs/dask-batch-0-$(ClusterId).log
Stream_Output = True
Stream_Error = True
RequestDisk = 4GB

Executable = /bin/sh
Arguments = "-c 'source ''my venv/bin/activate''; cd $(DOLLAR)HOME; exec python -c ''print(""x"")'''"

Queue
)");
}

TEST(htcondor, submits_from_standard_input) {
    EXPECT_EQ(htcondor.submit("script"), (command{{"condor_submit", "-"}, "script"}));
    EXPECT_EQ(
        htcondor.read_submitted(printed("Submitting job(s).\n1 job(s) submitted to cluster 123.\n")).value(),
        "123.0");
    EXPECT_EQ(error_of(htcondor.read_submitted(failed("ERROR: Can't find address of local schedd\n"))),
              "condor_submit: ERROR: Can't find address of local schedd");
    EXPECT_THAT(error_of(htcondor.read_submitted(printed("Submitting job(s)."))),
                testing::HasSubstr("cannot read"));
}

TEST(htcondor, cancels_many_at_once) {
    EXPECT_EQ(cancel(htcondor, {"1.0", "2.0"}), (command{{"condor_rm", "1.0", "2.0"}}));
}

TEST(htcondor, reads_jobs) {
    expect_list(htcondor, R"json([
{"ClusterId": 1, "ProcId": 0, "JobStatus": 1, "JobBatchName": "a|b", "NumJobStarts": 0},
{"ClusterId": 2, "ProcId": 0, "JobStatus": 1, "JobBatchName": "x", "NumJobStarts": 2},
{"ClusterId": 3, "ProcId": 0, "JobStatus": 2, "JobBatchName": "x", "RemoteHost": "slot1_2@node7"},
{"ClusterId": 4, "ProcId": 0, "JobStatus": 3, "JobBatchName": "x"},
{"ClusterId": 5, "ProcId": 0, "JobStatus": 5, "JobBatchName": "x", "HoldReason": "via condor_hold (by user me)", "HoldReasonCode": 1},
{"ClusterId": 6, "ProcId": 0, "JobStatus": 6, "JobBatchName": "x"},
{"ClusterId": 7, "ProcId": 0, "JobStatus": 7, "JobBatchName": "x"},
{"ClusterId": 8, "ProcId": 0, "JobStatus": 4, "JobBatchName": "x", "ExitCode": 3, "ExitBySignal": false},
{"ClusterId": 9, "ProcId": 0, "JobStatus": 42}
])json",
                {status("1.0", "a|b", pending, "1"), requeued(status("2.0", "x", pending, "1")),
                 status("3.0", "x", running, "2", "", "node7"), status("4.0", "x", completing, "3"),
                 status("5.0", "x", held, "5", "via condor_hold (by user me)"),
                 status("6.0", "x", completing, "6"), status("7.0", "x", suspended, "7"),
                 gone("8.0", "x", "4", "", exited(3)), status("9.0", "", unknown, "42")});
    expect_list(htcondor, "", {}); // some releases print nothing where there is nothing
    expect_list(htcondor, "[\n]\n", {});
}

TEST(htcondor, does_not_take_trouble_for_an_empty_queue) {
    EXPECT_EQ(error_of(htcondor.read_list(failed("-- Failed to fetch ads from: <127.0.0.1:1>\n"))),
              "condor_q: -- Failed to fetch ads from: <127.0.0.1:1>");
    for (auto const* garbage : {"hello", "{}", "[1]", "[{\"JobStatus\": 1}]", "[{"})
        EXPECT_THAT(error_of(htcondor.read_list(printed(garbage))), testing::HasSubstr("cannot read"))
            << garbage;
}

TEST(htcondor, asks_the_history_for_an_end) {
    EXPECT_THAT(htcondor.ask_end("7.0").argv, testing::Contains("7.0"));
    expect_end(htcondor, R"json([{"JobStatus": 4, "ExitBySignal": true, "ExitSignal": 9}])json", killed(9));
    expect_end(htcondor, R"json([{"JobStatus": 4, "ExitBySignal": false, "ExitCode": 0}])json", exited(0));
    expect_end(htcondor, R"json([{"JobStatus": 3, "RemoveReason": "via condor_rm (by user me)"}])json",
               because(end_cause::cancelled, "via condor_rm (by user me)"));
    expect_end(
        htcondor,
        R"json([{"JobStatus": 3, "HoldReasonCode": 47, "HoldReason": "The job exceeded allowed execute duration of 1+00:00:00"}])json",
        because(end_cause::walltime, "The job exceeded allowed execute duration of 1+00:00:00"));
    expect_end(
        htcondor,
        R"json([{"JobStatus": 3, "HoldReasonCode": 34, "HoldReason": "memory usage exceeded request_memory"}])json",
        because(end_cause::memory, "memory usage exceeded request_memory"));
    expect_end(htcondor, "", {});
}

} // namespace
} // namespace daskd::queue
