#include "tests/unit/daemon/queue/support.hpp"

#include <array>

// Whatever a queue prints, its reader answers or complains; the sanitizers watch.

namespace daskd::queue {
namespace {

constexpr std::array samples{
    "12;east\n",
    "10 |PENDING | |0 |0 |Priority |a|b \n2 |FAILED |node1 |0 |768 |NonZeroExitCode |a \n",
    "CANCELLED by 1000|0:15\n",
    "<job_info><job_list "
    "state=\"x\"><JB_job_number>1</JB_job_number><JB_name>&lt;a&amp;</JB_name><state>hqw</state>"
    "<queue_name>all.q@h</queue_name></job_list></job_info>",
    "=====\nfailed       37  : enforced\nexit_status  137 (Killed)\nru_wallclock 4s\ncategory -l h_rt=3\n",
    "1 job(s) submitted to cluster 123.\n",
    "[{\"ClusterId\": 1, \"ProcId\": 0, \"JobStatus\": 2, \"RemoteHost\": \"slot1@h\", \"ExitCode\": 3}]",
    "Job Id: 1.server\n    job_state = F\n    Exit_status = 271\n    exec_host = h/0*4\n    comment = "
    "a\n\tb\n",
    "Job <123> is submitted to queue <normal>.\n",
    "{\"RECORDS\":[{\"JOBID\":\"1\",\"STAT\":\"EXIT\",\"EXIT_CODE\":\"130\",\"EXEC_HOST\":\"4*h:2*i\"}]}",
};

void read_all(dialect const& d, std::string const& text) {
    for (int const exit_code : {0, 1}) {
        command_output const output{exit_code, text, text};
        (void)d.read_submitted(output);
        (void)d.read_list(output);
        (void)d.read_end(output);
        if (d.read_reason != nullptr) (void)d.read_reason(output);
    }
}

class garbage : public testing::TestWithParam<dialect const*> {};

TEST_P(garbage, does_no_harm) {
    for (std::string const sample : samples)
        for (std::size_t i = 0; i <= sample.size(); ++i) {
            read_all(*GetParam(), sample.substr(0, i));
            read_all(*GetParam(), sample.substr(i));
            for (char const c : {'\0', '\n', ' ', '|', ':', '<', '=', '"', '-', '9', '\xff'})
                read_all(*GetParam(),
                         sample.substr(0, i) + c + sample.substr(std::min(i + 1, sample.size())));
        }
}

INSTANTIATE_TEST_SUITE_P(all, garbage, testing::Values(&slurm, &sge, &htcondor, &pbs, &lsf),
                         [](auto const& test) { return config::to_string(test.param->launcher); });

} // namespace
} // namespace daskd::queue
