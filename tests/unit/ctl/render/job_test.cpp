#include "ctl/render/job.hpp"

#include <gtest/gtest.h>

namespace daskd::ctl {
namespace {

style const plain(false);

json job(std::string const& state, std::uint64_t finished, std::uint64_t failed) {
    return {{"job", "j-1"},
            {"state", state},
            {"function", "m:f"},
            {"calls", 2000},
            {"finished", finished},
            {"failed", failed},
            {"rate_per_s", 12.5},
            {"eta_s", 90.0},
            {"trouble", nullptr},
            {"errors", json::array()},
            {"created_at", "2026-01-01T00:00:00.000Z"}};
}

TEST(render_job, a_line) {
    EXPECT_EQ(render_job_line(job("running", 500, 0), plain),
              "j-1  [######------------------] 25%  500 of 2,000  12/s  ETA 1m 30s");
    EXPECT_EQ(render_job_line(job("running", 1998, 1), plain),
              "j-1  [#######################-] 99%  1,999 of 2,000, 1 failed  12/s  ETA 1m 30s");
    EXPECT_EQ(render_job_line(job("cancelled", 0, 0), plain),
              "j-1  [------------------------] 0%  0 of 2,000  cancelled");
    EXPECT_EQ(render_job_line(json::object(), plain), "  [------------------------] 0%  0 of 0  ");
}

TEST(render_job, troubles) {
    auto j = job("running", 1, 7);
    EXPECT_EQ(render_job_troubles(job("running", 1, 0)), "");
    j["trouble"] = "no space left";
    j["errors"] = {{{"index", 3}, {"error", "ValueError: x"}}};
    EXPECT_EQ(render_job_troubles(j), "no space left\n  call 3: ValueError: x\n  … 7 in all\n");
}

TEST(render_job, a_table) {
    EXPECT_EQ(render_jobs({job("running", 500, 3)}, plain),
              "JOB  STATE    CALLS  DONE  FAILED  RATE  SUBMITTED            FUNCTION\n"
              "j-1  running  2,000   25%       3  12/s  2026-01-01T00:00:00  m:f\n");
}

TEST(render_job, a_failure) {
    json const entry = {{"index", 4},      {"args", {1, "a"}}, {"error", "exit code 3"},
                        {"traceback", ""}, {"stdout", "out"},  {"stderr", "err\n"}};
    EXPECT_EQ(render_failure(entry, plain), "call 4 [1,\"a\"]  exit code 3\nout\nerr\n");
}

TEST(render_job, numbers) {
    EXPECT_EQ(show_number(0), "0");
    EXPECT_EQ(show_number(999), "999");
    EXPECT_EQ(show_number(1000), "1,000");
    EXPECT_EQ(show_number(12345678), "12,345,678");
}

} // namespace
} // namespace daskd::ctl
