#include "common/version.hpp"
#include "daemon/survey/accounts.hpp"
#include "daemon/survey/interpreters.hpp"
#include "daemon/survey/listeners.hpp"
#include "daemon/survey/machine.hpp"
#include "daemon/survey/told.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace daskd::survey {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();

TEST(other_people, are_those_who_may_log_in) {
    auto const* passwd = "root:x:0:0:root:/root:/bin/bash\n"
                         "daemon:x:1:1::/:/usr/sbin/nologin\n"
                         "you:x:1000:1000::/home/you:/bin/bash\n"
                         "bob:x:1001:1001:Bob:/home/bob:/bin/zsh\n"
                         "eve:x:1002:1002::/home/eve:/usr/sbin/nologin\n"
                         "sam:x:1003:1003::/home/sam:/bin/false\n"
                         "nobody:x:65534:65534::/:/usr/sbin/nologin\n"
                         "broken\n";
    std::vector<std::pair<std::string, bool>> found;
    for (auto const& user : other_people(passwd, {0, 1000, 1003}, 1000))
        found.emplace_back(user.name, user.is_here);
    EXPECT_THAT(found,
                ElementsAre(std::pair{std::string("bob"), false}, std::pair{std::string("sam"), true}));
}

TEST(parse_listening, finds_ports_and_owners) {
    auto const* text =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:2252 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 "
        "0\n"
        "   1: 0100007F:2253 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 "
        "0\n"
        "   2: 00000000000000000000000001000000:0016 0:0 0A 0:0 00:0 0  0        0 12 1 0\n";
    EXPECT_THAT(parse_listening(text),
                ElementsAre(listening_socket{8786, 1000, 4711}, listening_socket{22, 0, 12}));
    EXPECT_THAT(parse_listening("nonsense\n"), IsEmpty());
}

TEST(limit_in, reads_proc_limits) {
    auto const* text = "Limit                     Soft Limit           Hard Limit           Units\n"
                       "Max processes             unlimited            unlimited            processes\n"
                       "Max open files            1024                 524288               files\n";
    EXPECT_EQ(limit_in(text, "Max open files"), (limit_pair{1024, 524288}));
    EXPECT_EQ(limit_in(text, "Max processes"), (limit_pair{unlimited, unlimited}));
    EXPECT_EQ(limit_in(text, "Max nothing"), (limit_pair{0, 0}));
}

TEST(kills_user_processes, by_the_last_word) {
    EXPECT_FALSE(kills_user_processes("[Login]\n#KillUserProcesses=yes\n"));
    EXPECT_TRUE(kills_user_processes("KillUserProcesses=no\nKillUserProcesses=yes\n"));
    EXPECT_FALSE(kills_user_processes("KillUserProcesses=yes\nKillUserProcesses=no\n"));
}

TEST(read_answer, finds_it_among_what_shells_print) {
    doctor::place where;
    EXPECT_TRUE(
        read_answer("Welcome to DASKD \nDASKD {\"python\":\"/p\",\"versions\":{\"dask\":\"1\"},\"cores\":3,"
                    "\"memory\":5}\nbye\n",
                    where));
    EXPECT_EQ(where.python, "/p");
    EXPECT_EQ(where.versions.at("dask"), "1");
    EXPECT_EQ(where.cores, 3);
    EXPECT_EQ(where.memory_bytes, 5U);
    EXPECT_FALSE(read_answer("", where));
    EXPECT_FALSE(read_answer("DASKD nonsense\n", where));
    EXPECT_FALSE(read_answer("DASKD {\"versions\": 3}\n", where));
}

TEST(read_told, takes_what_makes_sense) {
    EXPECT_FALSE(read_told(json()).daemon.is_there);
    EXPECT_EQ(read_told(json("x")).daemon.own_version, version);
    auto const told =
        read_told({{"daemon", {{"pid", 7}, {"version", "0.0.9"}}},
                   {"unit", "daskd.service"},
                   {"agents",
                    {{{"host", "localhost"},
                      {"is_ready", true},
                      {"problem", nullptr},
                      {"runs", {"scheduler", "local"}},
                      {"python", "/p"},
                      {"versions", {{"dask", "1"}}}},
                     {{"host", "node1"}, {"is_ready", false}, {"problem", "away"}, {"runs", {"lab"}}}}}});
    EXPECT_EQ(told.daemon.pid, 7);
    EXPECT_EQ(told.unit, "daskd.service");
    ASSERT_EQ(told.agents.size(), 2U);
    EXPECT_EQ(told.agents[0].there.host, "");
    EXPECT_EQ(told.agents[0].there.versions.at("dask"), "1");
    EXPECT_THAT(told.agents[0].runs, ElementsAre("scheduler", "local"));
    EXPECT_EQ(told.agents[1].there.wrong.problem, "away");
    EXPECT_FALSE(told.agents[1].there.is_running);
}

} // namespace
} // namespace daskd::survey
