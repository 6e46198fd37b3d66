#include "common/join.hpp"
#include "daemon/queue/worker_job.hpp"

#include <gmock/gmock.h>

namespace daskd::queue {
namespace {

using config::memory_setting;

std::string command_of(config::pool_settings const& pool, json const& dask = json::object()) {
    return join(worker_command(pool, "batch-0", "/opt/python", "tcp://10.0.0.1:8786", dask), " ");
}

TEST(worker_command, shares_cores_and_memory_between_processes) {
    config::pool_settings pool;
    pool.cores = 8;
    pool.processes = 2;
    pool.job_memory_bytes = std::uint64_t{16} << 30;
    EXPECT_EQ(command_of(pool),
              "/opt/python -m distributed.cli.dask_worker tcp://10.0.0.1:8786 --name batch-0 --nthreads 4 "
              "--memory-limit 8589934592 --nworkers 2 --nanny --death-timeout 60");
}

TEST(worker_command, leaves_memory_to_dask_where_the_job_has_none_of_its_own) {
    EXPECT_EQ(command_of({}),
              "/opt/python -m distributed.cli.dask_worker tcp://10.0.0.1:8786 --name batch-0 --nthreads 1 "
              "--memory-limit auto --nanny --death-timeout 60");
}

TEST(worker_command, takes_what_the_pool_says_of_workers) {
    config::pool_settings pool;
    pool.threads = 3;
    pool.memory = {memory_setting::kind::bytes, 4'000'000'000, 0};
    pool.start_timeout = std::chrono::milliseconds(90'500);
    pool.local_directory = "/scratch";
    pool.interface = "ib0";
    pool.resources = {{"GPU", 1}, {"X", 0.5}};
    pool.preload = {"setup.py"};
    pool.lifetime = std::chrono::hours(1);
    pool.lifetime_stagger = std::chrono::minutes(4);
    pool.args = {"--no-dashboard"};
    pool.nice = 5;
    EXPECT_EQ(command_of(pool),
              "nice -n 5 /opt/python -m distributed.cli.dask_worker tcp://10.0.0.1:8786 --name batch-0 "
              "--nthreads 3 --memory-limit 4000000000 --nanny --death-timeout 91 --local-directory /scratch "
              "--interface ib0 --resources GPU=1,X=0.5 --preload setup.py --lifetime 3600000ms "
              "--lifetime-stagger 240000ms --no-dashboard");
}

TEST(worker_command, writes_limits_as_dask_reads_them) {
    struct {
        memory_setting memory;
        char const* expected;
    } const cases[] = {{{memory_setting::kind::none, 0, 0}, "--memory-limit 0 "},
                       {{memory_setting::kind::fraction, 0, 0.25}, "--memory-limit 0.25 "}};
    for (auto const& c : cases) {
        config::pool_settings pool;
        pool.memory = c.memory;
        EXPECT_THAT(command_of(pool), testing::HasSubstr(c.expected));
    }
}

TEST(make_job, passes_on_what_is_the_queues_business) {
    config::pool_settings pool;
    pool.cores = 4;
    pool.queue = "long";
    pool.directives = {"--exclusive"};
    pool.cwd = "/work";
    auto const what = make_job(pool, "batch-0", {"true"});
    EXPECT_EQ(what.name, "dask-batch-0");
    EXPECT_EQ(what.cores, 4);
    EXPECT_EQ(what.queue, "long");
    EXPECT_EQ(what.walltime, "00:30:00");
    EXPECT_EQ(what.cwd, "/work");
    EXPECT_THAT(what.directives, testing::ElementsAre("--exclusive"));
    EXPECT_THAT(what.command, testing::ElementsAre("true"));
}

} // namespace
} // namespace daskd::queue
