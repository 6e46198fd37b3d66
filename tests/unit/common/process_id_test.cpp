#include "common/process_id.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daskd {
namespace {

std::string const fields_4_to_21 = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18";

TEST(parse_stat, reads_state_and_start_time) {
    struct row {
        char const* name;
        std::string text;
        std::optional<process_stat> expected;
    };
    std::vector<row> const rows = {
        {"plain", "7 (dask) S " + fields_4_to_21 + " 4711 0 0", process_stat{'S', 4711}},
        {"spaces and parentheses", "7 (a) R b (c) Z " + fields_4_to_21 + " 12 0", process_stat{'Z', 12}},
        {"cut", "7 (dask) S 1 2 3", std::nullopt},
        {"empty", "", std::nullopt},
        {"name only", "7 (dask)", std::nullopt},
    };
    for (auto const& r : rows)
        EXPECT_EQ(parse_stat(r.text), r.expected) << r.name;
}

TEST(identify, knows_this_process_from_others) {
    auto const us = identify(::getpid());
    ASSERT_TRUE(us);
    EXPECT_EQ(us->pid, ::getpid());
    EXPECT_TRUE(is_alive(*us));
    auto const same_pid_later = process_id{us->pid, us->start_time_ticks + 1, us->boot_id};
    EXPECT_FALSE(is_alive(same_pid_later));
    auto const before_the_boot = process_id{us->pid, us->start_time_ticks, "other"};
    EXPECT_FALSE(is_alive(before_the_boot));
}

TEST(identify, takes_a_zombie_for_dead) {
    pid_t const child = ::fork();
    if (child == 0) ::pause();
    auto const id = identify(child);
    ASSERT_TRUE(id);
    EXPECT_TRUE(is_alive(*id));
    ::kill(child, SIGKILL);
    siginfo_t info;
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    EXPECT_FALSE(is_alive(*id));
    EXPECT_FALSE(identify(child));
    ::waitpid(child, nullptr, 0);
}

} // namespace
} // namespace daskd
