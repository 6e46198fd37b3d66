#include "daemon/supervise/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace daskd::supervise {
namespace {

using testing::ElementsAre;

TEST(scheduler_command_line, serves_its_dashboard_on_loopback) {
    core::scheduler_spec spec;
    spec.host = "127.0.0.1";
    EXPECT_THAT(scheduler_command_line(spec, 8786), ElementsAre("--host", "127.0.0.1", "--port", "8786",
                                                                "--dashboard-address", "127.0.0.1:8787"));
}

TEST(scheduler_command_line, names_a_protocol_other_than_dasks_default) {
    core::scheduler_spec spec;
    spec.host = "127.0.0.1";
    spec.protocol = "tls";
    EXPECT_THAT(scheduler_command_line(spec, 1),
                ElementsAre("--host", "127.0.0.1", "--port", "1", "--protocol", "tls", "--dashboard-address",
                            "127.0.0.1:8787"));
}

TEST(scheduler_command_line, takes_the_owners_dashboard_and_arguments_last) {
    core::scheduler_spec spec;
    spec.host = "10.0.0.1";
    spec.dashboard.address = ":9000";
    spec.process.args = {"--preload", "a.py"};
    EXPECT_THAT(scheduler_command_line(spec, 0),
                ElementsAre("--host", "10.0.0.1", "--port", "0", "--dashboard-address", ":9000", "--preload",
                            "a.py"));
}

TEST(scheduler_command_line, without_a_dashboard_serves_nothing_beyond_loopback) {
    core::scheduler_spec spec;
    spec.host = "127.0.0.1";
    spec.dashboard.wanted = false;
    EXPECT_THAT(scheduler_command_line(spec, 8786),
                ElementsAre("--host", "127.0.0.1", "--port", "8786", "--no-dashboard", "--dashboard-address",
                            "127.0.0.1:0"));
}

TEST(worker_command_line, begins_with_the_scheduler) {
    core::worker_spec spec;
    spec.process.args = {"--name", "local-0"};
    EXPECT_THAT(worker_command_line(spec, "tcp://127.0.0.1:8786"),
                ElementsAre("tcp://127.0.0.1:8786", "--name", "local-0"));
}

} // namespace
} // namespace daskd::supervise
