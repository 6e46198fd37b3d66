#include "daemon/queue/private_file.hpp"
#include "tests/unit/daemon/queue/support.hpp"

namespace daskd::queue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

core::agent_spec agent() {
    core::agent_spec spec;
    spec.python = "/usr/bin/python3";
    spec.env = {{"TOKEN", "it's secret"}, {"not-exportable", "x"}};
    spec.cwd = "/home/me";
    spec.warm = {"numpy"};
    spec.orphan_timeout = std::chrono::minutes(10);
    spec.job.emplace().base = "batch-0";
    spec.job->pool.launcher = config::launcher_kind::slurm;
    spec.job->pool.walltime = "01:00:00";
    return spec;
}

json order_in(std::string const& text) {
    auto const at = text.rfind("\n# ");
    return json::parse(text.substr(at + 3));
}

TEST(private_file, exports_variables_and_ends_with_the_agents_order) {
    auto const text =
        private_file(agent(), "dask-batch-0-1a", {"tls://10.0.0.5:8786", {{"a", 1}}, {{"/ca", "PEM\n"}}});
    EXPECT_THAT(text, HasSubstr("export TOKEN='it'\\''s secret'\n"));
    EXPECT_THAT(text, Not(HasSubstr("not-exportable")));
    auto const order = order_in(text);
    EXPECT_EQ(order["name"], "dask-batch-0-1a");
    EXPECT_EQ(order["scheduler"], "tls://10.0.0.5:8786");
    EXPECT_EQ(order["dask_config"], (json{{"a", 1}}));
    EXPECT_EQ(order["files"]["/ca"], "PEM\n");
    EXPECT_EQ(order["walltime_s"], 3600);
    EXPECT_EQ(order["leaving_s"], 300);
    EXPECT_EQ(order["orphan_timeout_s"], 600);
    EXPECT_EQ(order["join_timeout_s"], 60);
}

TEST(private_file, hands_the_configuration_to_a_nanny_as_dask_does) {
    auto spec = agent();
    spec.job->pool.nanny = true;
    EXPECT_THAT(private_file(spec, "n", {"tcp://h:1", {{"a", 1}}, {}}),
                HasSubstr("export DASK_INTERNAL_INHERIT_CONFIG=eyJhIjoxfQ==\n"));
}

TEST(agent_job, carries_the_agent_and_no_secret) {
    auto spec = agent();
    spec.job->pool.nice = 5;
    auto const what = agent_job(spec, "dask-batch-0-1a", "/state/jobs/dask-batch-0-1a", "QUJD",
                                {"tcp://h:1", {{"key", "private"}}, {}});
    EXPECT_EQ(what.name, "dask-batch-0-1a");
    EXPECT_EQ(what.private_file, "/state/jobs/dask-batch-0-1a");
    EXPECT_EQ(what.payload, "QUJD");
    EXPECT_EQ(what.cwd, "/home/me");
    ASSERT_EQ(what.command.size(), 8U);
    EXPECT_THAT(std::vector(what.command.begin(), what.command.begin() + 6),
                ElementsAre("nice", "-n", "5", "/usr/bin/python3", "-I", "-c"));
    EXPECT_EQ(what.command.back(), what.private_file);
    auto const script = slurm.script(what);
    EXPECT_THAT(script, Not(HasSubstr("secret")));
    EXPECT_THAT(script, Not(HasSubstr("private\"")));
}

TEST(agent_job, with_a_nanny_is_dasks_own_command) {
    auto spec = agent();
    spec.job->pool.nanny = true;
    auto const what = agent_job(spec, "dask-batch-0-1a", "/p", "QUJD", {"tcp://h:1", json::object(), {}});
    EXPECT_THAT(what.command, testing::Contains("--nanny"));
    EXPECT_THAT(what.command, testing::Contains("batch-0")) << "the workers are called so";
    EXPECT_EQ(what.payload, "");
}

} // namespace
} // namespace daskd::queue
