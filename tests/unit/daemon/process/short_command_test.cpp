#include "common/process_id.hpp"
#include "daemon/process/short_command.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"

#include <fcntl.h>
#include <fstream>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd::process {
namespace {

using namespace std::chrono_literals;

program shell(std::string script) {
    return {{"/bin/sh", "-c", std::move(script)}, {{"PATH", "/usr/bin:/bin"}}, "/"};
}

class short_command : public testing::Test {
protected:
    result<command_outcome> run(program p, std::chrono::milliseconds limit = 10s) {
        return test::run_task(io, run_command(std::move(p), limit));
    }
    boost::asio::io_context io;
    test::temporary_directory dir;
};

TEST_F(short_command, returns_status_and_both_outputs) {
    auto const done = run(shell("echo out; echo err >&2; exit 3"));
    ASSERT_TRUE(done);
    EXPECT_EQ(WEXITSTATUS(done->wait_status), 3);
    EXPECT_EQ(done->out, "out\n");
    EXPECT_EQ(done->err, "err\n");
    EXPECT_FALSE(done->succeeded());
}

TEST_F(short_command, has_only_what_it_was_given) {
    int const leaked = ::open("/dev/null", O_RDONLY); // without O_CLOEXEC
    ::signal(SIGUSR1, SIG_IGN);
    auto p = shell(
        "pwd; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort; ls /proc/self/fd | wc -l; cat;"
        "grep SigIgn /proc/self/status");
    p.cwd = "/usr";
    p.env["GIVEN"] = "yes";
    auto const done = run(p);
    ::close(leaked);
    ASSERT_TRUE(done);
    // 0, 1, 2 and the directory that ls itself reads
    EXPECT_THAT(done->out, testing::StartsWith("/usr\nGIVEN=yes\nPATH=/usr/bin:/bin\n4\n")) << done->err;
    EXPECT_THAT(done->out, testing::HasSubstr("SigIgn:\t0000000000000000\n"));
}

TEST_F(short_command, tells_why_it_cannot_run) {
    struct row {
        char const* name;
        program p;
        std::string text;
    };
    std::vector<row> const rows = {
        {"missing",
         {{"/no/such/program"}, {}, "/"},
         "cannot run /no/such/program in /: No such file or directory"},
        {"not executable", {{"/etc/passwd"}, {}, "/"}, "cannot run /etc/passwd in /: Permission denied"},
        {"no directory", {{"/bin/true"}, {}, "/no/where"}, "cannot run /bin/true in /no/where: No such file"},
    };
    for (auto const& r : rows) {
        auto const done = run(r.p);
        ASSERT_FALSE(done) << r.name;
        EXPECT_THAT(done.error().what, testing::StartsWith(r.text)) << r.name;
    }
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a failed start left a zombie";
}

TEST_F(short_command, is_killed_with_its_session_at_the_deadline) {
    auto const file = dir / "pid";
    auto const begin = std::chrono::steady_clock::now();
    auto const done = run(shell("sleep 100 & echo $! > " + file.string() + "; wait"), 2s);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::timed_out);
    pid_t child = 0;
    std::ifstream(file) >> child;
    ASSERT_GT(child, 0);
    EXPECT_TRUE(test::run_until(io, [&] { return !identify(child); }));
    EXPECT_TRUE(test::run_until(io, [&] { return ::waitpid(-1, nullptr, WNOHANG) == -1; }))
        << "it was not reaped";
}

TEST_F(short_command, does_not_wait_for_what_it_leaves_in_the_background) {
    auto const begin = std::chrono::steady_clock::now();
    auto const done = run(shell("sleep 30 & echo early"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
    ASSERT_TRUE(done);
    EXPECT_EQ(done->out, "early\n");
}

TEST_F(short_command, bounds_what_it_keeps) {
    auto const done = run(shell("head -c 3000000 /dev/zero"));
    ASSERT_TRUE(done);
    EXPECT_TRUE(done->was_cut);
    EXPECT_EQ(done->out.size(), max_command_output_bytes);
}

TEST_F(short_command, loses_no_output_at_the_end) {
    for (int i = 0; i < 50; ++i) {
        auto const done = run(shell("printf '%01000d' 7"));
        ASSERT_TRUE(done);
        ASSERT_EQ(done->out.size(), 1000U);
    }
}

} // namespace
} // namespace daskd::process
