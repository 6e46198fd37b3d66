#include "tests/unit/daemon/queue/support.hpp"

// Outputs are those of Grid Engine 8.1.9, shortened, unless it says otherwise.

namespace daskd::queue {
namespace {

using namespace test;
using enum job_state;

std::string entry(std::string const& id, std::string const& name, std::string const& letters,
                  std::string const& queue) {
    return "    <job_list state=\"running\">\n      <JB_job_number>" + id +
           "</JB_job_number>\n      <JAT_prio>0.50000</JAT_prio>\n      <JB_name>" + name +
           "</JB_name>\n      <JB_owner>nobody</JB_owner>\n      <state>" + letters +
           "</state>\n      <queue_name>" + queue +
           "</queue_name>\n      <slots>1</slots>\n    </job_list>\n";
}

std::string listed(std::string const& running, std::string const& waiting) {
    return "<?xml version='1.0'?>\n<job_info  xmlns:xsd=\"http://example.org/qstat.xsd\">\n  <queue_info>\n" +
           running + "  </queue_info>\n  <job_info>\n" + waiting + "  </job_info>\n</job_info>\n";
}

std::string accounted(std::string const& failed, std::string const& status,
                      std::string const& more = "ru_wallclock 4s\ncategory     -l h_rt=1800\n") {
    return "==============================================================\n"
           "qname        all.q               \nhostname     localhost           \n"
           "failed       " +
           failed + "\nexit_status  " + status + "\n" + more;
}

TEST(sge, writes_a_script) {
    auto what = some_job();
    what.queue = "all.q";
    what.resource_spec = "h_vmem=64G";
    what.directives = {"-V", "-pe threaded 10"};
    EXPECT_EQ(sge.script(what), R"(#!/usr/bin/env bash

#$ -N dask-batch-0
#$ -S /bin/bash
#$ -q all.q
#$ -P physics
#$ -l h_vmem=64G
#$ -l h_rt=02:00:00
#$ -e /logs/
#$ -o /logs/
#$ -cwd
#$ -j y
#$ -V
#$ -pe threaded 10

exec python -m worker
)");
}

TEST(sge, is_told_the_shell_of_the_first_line) {
    struct {
        char const* shebang;
        char const* shell;
    } const cases[] = {{"#!/bin/sh", "-S /bin/sh\n"},
                       {"#! /opt/bash -l", "-S /opt/bash\n"},
                       {"#!/usr/bin/env zsh", "-S /bin/zsh\n"}};
    for (auto const& c : cases) {
        job what;
        what.shebang = c.shebang;
        EXPECT_THAT(sge.script(what), testing::HasSubstr(c.shell));
    }
}

TEST(sge, gives_names_that_begin_with_a_letter) {
    job what;
    what.name = "1@x";
    EXPECT_THAT(sge.script(what), testing::HasSubstr("#$ -N j1_x\n"));
}

TEST(sge, submits_from_standard_input) {
    EXPECT_EQ(sge.submit("script"), (command{{"qsub", "-terse"}, "script"}));
    EXPECT_EQ(sge.read_submitted(printed("17\n")).value(), "17");
    EXPECT_EQ(sge.read_submitted(printed("Welcome to this site\n17\n")).value(), "17"); // a site's verifier
    EXPECT_EQ(
        error_of(sge.read_submitted(failed("Unable to run job: Job was rejected because job requests "
                                           "unknown queue \"nope\"\nExiting.\n"))),
        "qsub: Unable to run job: Job was rejected because job requests unknown queue \"nope\"\nExiting.");
    EXPECT_THAT(error_of(sge.read_submitted(printed(""))), testing::HasSubstr("cannot read"));
}

TEST(sge, cancels_many_at_once) {
    EXPECT_EQ(cancel(sge, {"1", "2"}), (command{{"qdel", "1", "2"}}));
}

TEST(sge, reads_jobs) {
    expect_list(sge,
                listed(entry("1", "a|b", "r", "all.q@localhost") + entry("17", "STDIN", "dr", "all.q@node7"),
                       entry("11", "a &lt;b&gt; &amp;lt;", "qw", "") + entry("5", "STDIN", "Eqw", "") +
                           entry("4", "STDIN", "Rq", "") + entry("6", "STDIN", "hqw", "")),
                {status("1", "a|b", running, "r", "", "localhost"),
                 status("17", "STDIN", completing, "dr", "", "node7"),
                 status("11", "a <b> &lt;", pending, "qw"), status("5", "STDIN", impossible, "Eqw"),
                 requeued(status("4", "STDIN", pending, "Rq")), status("6", "STDIN", held, "hqw")});
    expect_list(sge, listed("", ""), {});
}

// Letters of qstat(1).
TEST(sge, knows_its_letters) {
    struct {
        char const* letters;
        job_state state;
    } const cases[] = {{"t", starting},  {"Rt", starting}, {"Rr", running},     {"hr", running},
                       {"s", suspended}, {"T", suspended}, {"S", suspended},    {"dt", completing},
                       {"hRwq", held},   {"Rq", pending},  {"dRr", completing}, {"", unknown},
                       {"??", unknown}};
    for (auto const& c : cases) {
        auto const jobs = sge.read_list(printed(listed("", entry("1", "x", c.letters, ""))));
        ASSERT_TRUE(jobs) << c.letters;
        EXPECT_EQ(jobs->front().state, c.state) << c.letters;
    }
}

TEST(sge, does_not_take_trouble_for_an_empty_queue) {
    EXPECT_EQ(
        error_of(sge.read_list(failed("error: commlib error: got select error (Connection refused)\n"))),
        "qstat: error: commlib error: got select error (Connection refused)");
    for (auto const* garbage : {"", "<html>", "<job_info><job_list>"})
        EXPECT_THAT(error_of(sge.read_list(printed(garbage))), testing::HasSubstr("cannot read"));
    EXPECT_THAT(error_of(sge.read_list(printed(listed("", entry("", "x", "r", ""))))),
                testing::HasSubstr("cannot read"));
}

TEST(sge, reads_how_a_job_ended) {
    expect_end(sge, accounted("0", "3"), exited(3));
    expect_end(sge, accounted("100 : assumedly after job", "137                  (Killed)"),
               killed(9, "assumedly after job"));
    expect_end(sge, accounted("25  : rescheduling", "99"), because(end_cause::unknown, "rescheduling"));
    expect_end(sge, accounted("19  : before writing exit_status", "0"),
               because(end_cause::not_started, "before writing exit_status"));
    EXPECT_EQ(error_of(sge.read_end(failed("error: job id 18 not found\n"))),
              "qacct: error: job id 18 not found");
    EXPECT_THAT(error_of(sge.read_end(printed("hello"))), testing::HasSubstr("hello"));
}

TEST(sge, tells_the_time_limit_from_the_memory_limit) {
    auto const text = std::string("qmaster enforced h_rt, h_cpu, or h_vmem limit");
    auto const ended_after = [&](char const* used) {
        return accounted("37  : " + text, "137                  (Killed)",
                         std::string("ru_wallclock ") + used + "\ncategory     -l h_rt=3\n");
    };
    expect_end(sge, ended_after("4s"), because(end_cause::walltime, text));
    expect_end(sge, ended_after("1s"), because(end_cause::memory, text));
}

TEST(sge, counts_the_last_record_of_a_job_that_ran_again) {
    expect_end(sge, accounted("25  : rescheduling", "99") + accounted("0", "3"), exited(3));
}

TEST(sge, asks_why_a_job_waits) {
    EXPECT_EQ(sge.ask_reason("5"), (command{{"qstat", "-j", "5"}}));
    auto const reason = [](char const* text) { return sge.read_reason(printed(text)).value(); };
    EXPECT_EQ(
        reason(
            "job_number:                 5\n"
            "error reason          1:      11/22/2026 03:41:38 [104:21161]: exit_status of job start = 100\n"
            "scheduling info:            Job is in error state\n"),
        "11/22/2026 03:41:38 [104:21161]: exit_status of job start = 100");
    EXPECT_EQ(reason("scheduling info:            cannot run in PE \"smp\" because it only offers 0 slots\n"),
              "cannot run in PE \"smp\" because it only offers 0 slots");
    EXPECT_EQ(reason("job_number:                 5\n"), "");
}

} // namespace
} // namespace daskd::queue
