#include "ctl/leftovers.hpp"
#include "fake_daemon.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <unistd.h>

namespace daskd::ctl {
namespace {

struct leftovers_test : testing::Test {
    leftovers_test() {
        std::filesystem::create_directories(paths.log_dir());
        std::filesystem::create_directories(paths.runtime_dir);
    }

    static void touch(std::filesystem::path const& path) { std::ofstream(path) << "x"; }

    scratch_dir dir;
    cluster_paths paths{"default", dir.path() / "run", dir.path() / "state"};
};

TEST_F(leftovers_test, finds_only_what_daskd_makes) {
    touch(paths.control_socket());
    touch(paths.lock_file());
    touch(paths.runtime_dir / "mine.txt");
    touch(paths.state_file());
    touch(paths.state_dir / "state.json.bad");
    touch(paths.events_file());
    touch(paths.log_file("local-0"));
    touch(paths.log_dir() / "local-0.log.1");
    touch(paths.log_dir() / "notes.md");
    std::filesystem::create_directories(paths.tls_dir());
    touch(paths.tls_dir() / "ca.pem");
    touch(paths.tls_dir() / "ca.key");
    EXPECT_EQ(find_leftovers(paths, false),
              (std::vector{paths.control_socket(), paths.events_file(), paths.state_file(),
                           paths.state_dir / "state.json.bad"}));
    EXPECT_EQ(find_leftovers(paths, true).size(), 8U);
}

TEST_F(leftovers_test, respects_the_lock_of_a_daemon) {
    EXPECT_TRUE(lock_out_daemon(paths));
    unique_fd const held(::open(paths.lock_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    EXPECT_TRUE(lock_out_daemon(paths));
    ASSERT_EQ(::flock(held.get(), LOCK_EX), 0);
    EXPECT_EQ(lock_out_daemon(paths).error().code, errc::busy);
}

TEST_F(leftovers_test, respects_an_agent_that_lives) {
    EXPECT_TRUE(require_no_agent(paths, ::getuid()));
    {
        fake_daemon agent(paths.agent_socket("1"), nullptr);
        EXPECT_EQ(require_no_agent(paths, ::getuid()).error().code, errc::busy);
    }
    EXPECT_TRUE(require_no_agent(paths, ::getuid()));
}

} // namespace
} // namespace daskd::ctl
