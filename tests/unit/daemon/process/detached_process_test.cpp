#include "daemon/process/detached_process.hpp"
#include "daemon/process/pid_watch.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <fstream>
#include <iterator>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::process {
namespace {

std::string contents(std::filesystem::path const& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

boost::asio::awaitable<result<void>> wait_for(pid_watch watch) {
    co_await watch.wait();
    co_return result<void>();
}

class detached_process : public testing::Test {
protected:
    boost::asio::io_context io;
    test::temporary_directory dir;
};

TEST_F(detached_process, leads_its_own_session_and_is_reaped) {
    std::optional<int> status;
    program const p{
        {"/bin/sh", "-c", "echo hello; echo oops >&2; exec sleep 100"}, {{"PATH", "/usr/bin:/bin"}}, "/"};
    auto const id = start_detached(io.get_executor(), p, dir / "log", [&](int s) { status = s; });
    ASSERT_TRUE(id);
    EXPECT_TRUE(is_alive(*id));
    EXPECT_EQ(::getsid(id->pid), id->pid);
    EXPECT_TRUE(test::run_until(io, [&] { return contents(dir / "log") == "hello\noops\n"; }));
    ::kill(id->pid, SIGTERM);
    ASSERT_TRUE(test::run_until(io, [&] { return status.has_value(); }));
    EXPECT_TRUE(WIFSIGNALED(*status) && WTERMSIG(*status) == SIGTERM);
    EXPECT_EQ(::waitpid(id->pid, nullptr, WNOHANG), -1);
}

TEST_F(detached_process, outlives_the_loop_that_started_it) {
    pid_t pid = 0;
    {
        boost::asio::io_context other;
        program const p{{"/bin/sleep", "100"}, {}, "/"};
        auto const id = start_detached(other.get_executor(), p, dir / "log");
        ASSERT_TRUE(id);
        pid = id->pid;
    }
    EXPECT_TRUE(identify(pid));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

TEST_F(detached_process, tells_why_it_cannot_start) {
    auto const missing = start_detached(io.get_executor(), {{"/no/such"}, {}, "/"}, dir / "log");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().what, testing::HasSubstr("/no/such"));
    auto const no_log = start_detached(io.get_executor(), {{"/bin/true"}, {}, "/"}, dir / "no" / "log");
    ASSERT_FALSE(no_log);
    EXPECT_THAT(no_log.error().what, testing::HasSubstr("no/log: No such file or directory"));
}

TEST_F(detached_process, is_watched_by_those_who_are_not_its_parent) {
    // The middle process ends, so that the sleeper is not ours.
    program const p{{"/bin/sh", "-c", "sleep 100 & echo $!"}, {{"PATH", "/usr/bin:/bin"}}, "/"};
    ASSERT_TRUE(start_detached(io.get_executor(), p, dir / "pid"));
    ASSERT_TRUE(test::run_until(io, [&] { return contents(dir / "pid").ends_with('\n'); }));
    auto const id = identify(std::stoi(contents(dir / "pid")));
    ASSERT_TRUE(id);
    auto watch = pid_watch::open(io.get_executor(), *id);
    ASSERT_TRUE(watch);
    ::kill(id->pid, SIGKILL);
    EXPECT_TRUE(test::run_task(io, wait_for(std::move(*watch))));
    EXPECT_FALSE(is_alive(*id));
    EXPECT_EQ(pid_watch::open(io.get_executor(), *id).error().code, errc::unknown_name);
}

} // namespace
} // namespace daskd::process
