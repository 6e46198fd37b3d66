#include "daemon/state/daemon_lock.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <sys/wait.h>
#include <unistd.h>

namespace daskd::state {
namespace {

TEST(daemon_lock, is_held_by_one_and_names_it) {
    test::temporary_directory dir;
    auto const file = dir / "daemon.lock";
    {
        auto const ours = daemon_lock::acquire(file);
        ASSERT_TRUE(ours);
        auto const second = daemon_lock::acquire(file);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, errc::busy);
        EXPECT_THAT(second.error().what,
                    testing::HasSubstr("process " + std::to_string(::getpid()) + " holds"));
    }
    EXPECT_TRUE(daemon_lock::acquire(file)) << "given back";
}

TEST(daemon_lock, dies_with_its_process) {
    test::temporary_directory dir;
    auto const file = dir / "daemon.lock";
    pid_t const child = ::fork();
    if (child == 0) {
        auto const lock = daemon_lock::acquire(file);
        ::_exit(lock ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(daemon_lock::acquire(file));
}

TEST(daemon_lock, is_taken_again_where_its_file_was_removed) {
    test::temporary_directory dir;
    auto const file = dir / "daemon.lock";
    auto ours = daemon_lock::acquire(file);
    ASSERT_TRUE(ours);
    ASSERT_TRUE(ours->keep());
    std::filesystem::remove(file);
    ASSERT_TRUE(ours->keep());
    EXPECT_EQ(daemon_lock::acquire(file).error().code, errc::busy);
    std::filesystem::remove(file);
    auto const other = daemon_lock::acquire(file);
    EXPECT_EQ(ours->keep().error().code, errc::busy) << "another one was faster";
}

TEST(daemon_lock, follows_no_link_and_needs_its_directory) {
    test::temporary_directory dir;
    std::filesystem::create_symlink("/etc/passwd", dir / "link");
    EXPECT_EQ(daemon_lock::acquire(dir / "link").error().code, errc::failed);
    EXPECT_EQ(daemon_lock::acquire(dir / "none" / "daemon.lock").error().code, errc::failed);
}

} // namespace
} // namespace daskd::state
