#include "daemon/core/walltime.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace daskd::core {
namespace {

using namespace std::chrono_literals;
using kind = config::launcher_kind;

struct walltime_case {
    std::string name;
    kind queue;
    std::string text;
    std::optional<milliseconds> time;
};

void PrintTo(walltime_case const& test, std::ostream* to) {
    *to << test.name;
}

class walltime : public testing::TestWithParam<walltime_case> {};

TEST_P(walltime, is_read_as_its_queue_does) {
    auto const& c = GetParam();
    EXPECT_EQ(parse_walltime(c.queue, c.text), c.time) << c.text;
}

INSTANTIATE_TEST_SUITE_P(all, walltime,
                         testing::ValuesIn(std::vector<walltime_case>{
                             {"slurm_minutes", kind::slurm, "30", 30min},
                             {"slurm_minutes_seconds", kind::slurm, "1:30", 90s},
                             {"slurm_hours", kind::slurm, "02:00:30", 2h + 30s},
                             {"slurm_days_hours", kind::slurm, "2-12", 60h},
                             {"slurm_days_minutes", kind::slurm, "1-00:30", 24h + 30min},
                             {"slurm_days_seconds", kind::slurm, "1-00:00:01", 24h + 1s},
                             {"slurm_word", kind::slurm, "UNLIMITED", std::nullopt},
                             {"sge_seconds", kind::sge, "90", 90s},
                             {"sge_clock", kind::sge, "00:30:00", 30min},
                             {"sge_beyond_the_clock", kind::sge, "99:99:99", 99h + 99min + 99s},
                             {"pbs_seconds", kind::pbs, "3600", 1h},
                             {"pbs_clock", kind::pbs, "12:00:00", 12h},
                             {"lsf_minutes", kind::lsf, "90", 90min},
                             {"lsf_hours", kind::lsf, "1:30", 90min},
                             {"lsf_host", kind::lsf, "1:30/hostA", 90min},
                             {"lsf_clock", kind::lsf, "01:30:00", std::nullopt},
                             {"condor", kind::htcondor, "00:30:00", std::nullopt},
                             {"empty", kind::sge, "", std::nullopt},
                             {"negative", kind::sge, "-1", std::nullopt},
                             {"garbage", kind::sge, "1:x", std::nullopt},
                             {"endless", kind::sge, "99999999999", std::nullopt},
                         }),
                         [](auto const& test) { return test.param.name; });

TEST(leaving_time, is_a_twelfth_within_bounds) {
    EXPECT_EQ(leaving_time(24h), 5min);
    EXPECT_EQ(leaving_time(30min), 150s);
    EXPECT_EQ(leaving_time(2min), 20s);
    EXPECT_EQ(leaving_time(30s), 10s) << "short jobs are for tests";
}

} // namespace
} // namespace daskd::core
