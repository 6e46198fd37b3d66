#include "daemon/doctor/examine.hpp"

#include <gmock/gmock.h>

namespace daskd::doctor {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

struct expected {
    char const* name;
    findings found;
    verdict is;
    char const* saw;
    char const* remedy; ///< empty: none
};

/// Each case has one finding of that verdict, with these words in it.
void expect_all(std::vector<expected> const& cases) {
    for (auto const& c : cases) {
        SCOPED_TRACE(c.name);
        ASSERT_EQ(c.found.size(), 1U);
        auto const& f = c.found.front();
        EXPECT_EQ(to_string(f.is), to_string(c.is));
        EXPECT_THAT(f.saw, HasSubstr(c.saw));
        if (*c.remedy == '\0')
            EXPECT_EQ(f.remedy, "");
        else
            EXPECT_THAT(f.remedy, HasSubstr(c.remedy));
    }
}

daemon_facts running(std::string version) {
    daemon_facts d;
    d.is_there = true;
    d.pid = 12;
    d.version = std::move(version);
    d.own_version = "0.1.0";
    return d;
}

TEST(check_daemon, knows_old_ones_and_silent_ones) {
    daemon_facts silent;
    silent.silence = {"daskd (pid 3) does not answer", "kill -KILL 3"};
    expect_all({
        {"none", check_daemon({}), verdict::fine, "not running", ""},
        {"this version", check_daemon(running("0.1.0")), verdict::fine, "version 0.1.0, pid 12", ""},
        {"another", check_daemon(running("0.0.9")), verdict::wrong, "version 0.0.9",
         "daskctl daemon restart"},
        {"a silent one", check_daemon(silent), verdict::wrong, "does not answer", "kill -KILL 3"},
    });
}

TEST(check_cluster, names_each_process_that_is_not_well) {
    cluster_facts degraded{"degraded", 1, 2, {{"lab-0", "backoff", "killed by SIGSEGV"}}, {}};
    expect_all({
        {"well", check_cluster({"running", 2, 2, {}, {}}), verdict::fine, "running, 2 of 2 workers running",
         ""},
        {"down", check_cluster({"down", 0, 0, {}, {}}), verdict::fine, "down", ""},
        {"ailing", check_cluster(degraded), verdict::wrong, "lab-0 is backoff: killed by SIGSEGV",
         "daskctl logs lab-0"},
        {"out of reach", check_cluster({"degraded", 1, 2, {{"lab-1", "unreachable", ""}}, {}}),
         verdict::wrong, "lab-1 is unreachable", "daskctl events"},
        {"warned", check_cluster({"running", 2, 2, {}, {"the disk is full"}}), verdict::warning, "disk", ""},
    });
}

TEST(check_directories, must_be_ours_and_have_room) {
    auto const judged = [](bool exists, bool is_usable, bool must_be_private, std::uint64_t free) {
        return check_directories(
            {{"sockets", "/d", "DASKD_RUNTIME_DIR", exists, is_usable, must_be_private, "bob, 0755", free}});
    };
    expect_all({
        {"good", judged(true, true, true, gib), verdict::fine, "sockets: /d, 1 GiB free", ""},
        {"not there yet", judged(false, true, true, gib), verdict::fine, "(will be made)", ""},
        {"shared", judged(true, false, true, gib), verdict::wrong, "not yours alone (bob, 0755)",
         "chmod 700 /d; if it is not yours, name another directory in DASKD_RUNTIME_DIR"},
        {"read-only", judged(true, false, false, gib), verdict::wrong, "cannot be written",
         "DASKD_RUNTIME_DIR"},
        {"full", judged(true, true, true, 5 << 20), verdict::wrong, "only 5 MiB free", "du -sh /d"},
    });
}

TEST(check_ports, are_wrong_only_where_they_are_demanded) {
    listener const jupyter{77, "jupyter", "you"};
    listener const hidden{0, "", "bob"};
    auto const judged = [](bool is_demanded, bool is_ours, std::optional<listener> by) {
        return check_ports({{"daskd.scheduler.port", 8786, is_demanded, is_ours, std::move(by)}});
    };
    expect_all({
        {"free", judged(true, false, {}), verdict::fine, "8786 is free", ""},
        {"taken, any will do", judged(false, false, jupyter), verdict::fine,
         "jupyter (pid 77); another one serves", ""},
        {"taken, demanded", judged(true, false, jupyter), verdict::wrong, "jupyter (pid 77)",
         "kill 77, or set daskd.scheduler.port to another one"},
        {"of another user", judged(true, false, hidden), verdict::wrong, "a program of bob",
         "set daskd.scheduler.port"},
        {"ours", judged(true, true, {}), verdict::fine, "the scheduler listens", ""},
    });
}

limit_facts limits_with(int workers, std::uint64_t descriptors, std::uint64_t most) {
    limit_facts l;
    l.workers = workers;
    l.worker_threads = workers;
    l.descriptors = descriptors;
    l.descriptors_most = most;
    return l;
}

TEST(check_limits, count_what_the_workers_want) {
    auto crowded = limits_with(10, 1024, 1024);
    crowded.rooms = {{"threads of you", "ulimit -u 999", 200, 100}};
    auto started = crowded;
    started.are_running = true;
    auto greedy = limits_with(2, 1024, 1024);
    greedy.worker_memory_bytes = 9 * gib;
    greedy.memory_bytes = 8 * gib;
    auto const last = [](limit_facts const& l) { return findings{check_limits(l).back()}; };
    expect_all({
        {"enough", check_limits(limits_with(64, 1024, 1024)), verdict::fine, "1024 descriptors", ""},
        {"too few, to be raised", check_limits(limits_with(200, 1024, 4096)), verdict::wrong,
         "200 workers want 2100", "ulimit -n 2100"},
        {"too few for good", check_limits(limits_with(200, 1024, 1024)), verdict::wrong, "want 2100",
         "hard nofile 2100"},
        {"no room for threads", last(crowded), verdict::wrong, "100 of 200, and the workers want 130 more",
         "ulimit -u 999"},
        {"they run already", last(started), verdict::fine, "100 of 200", ""},
        {"more memory than there is", last(greedy), verdict::warning, "9 GiB together, of 8 GiB", "memory:"},
    });
}

TEST(check_session, is_about_who_ends_processes_at_logout) {
    auto const judged = [](bool has_systemd, bool lingers, bool kills, char const* unit) {
        return check_session({"you", unit, has_systemd, lingers, kills});
    };
    expect_all({
        {"no systemd", judged(false, false, false, ""), verdict::fine, "no systemd", ""},
        {"no service", judged(true, false, false, ""), verdict::fine, "no service", ""},
        {"a service", judged(true, false, false, "daskd.service"), verdict::wrong, "ends daskd.service",
         "loginctl enable-linger you"},
        {"a service that lingers", judged(true, true, true, "daskd.service"), verdict::fine,
         "lingering is on", ""},
        {"logind kills", judged(false, false, true, ""), verdict::wrong, "KillUserProcesses",
         "daskctl daemon install"},
    });
}

TEST(check_users, is_about_who_could_run_code_as_us) {
    auto const judged = [](bool has_tls, bool is_loopback, std::vector<other_user> others) {
        return check_users({"tcp://h:8786", has_tls, is_loopback, std::move(others)});
    };
    expect_all({
        {"alone", judged(false, true, {}), verdict::fine, "you are alone", ""},
        {"encrypted", judged(true, false, {{"bob", true}}), verdict::fine, "certificates", ""},
        {"others may come", judged(false, true, {{"bob", false}}), verdict::warning, "bob may log in",
         "tls: on"},
        {"others are here", judged(false, true, {{"bob", true}, {"eve", false}}), verdict::wrong,
         "bob works here", "tls: on"},
        {"the network", judged(false, false, {}), verdict::wrong, "it has no TLS", "tls: on"},
    });
}

TEST(check_hosts, tell_what_agents_said_and_who_is_away) {
    place good;
    good.name = good.host = "node1";
    good.python = "/usr/bin/python3";
    good.versions = {{"python", "3.11.2.final.0"}, {"distributed", "2022.12.1"}};
    good.cores = 8;
    good.memory_bytes = 16 * gib;
    auto away = good;
    away.wrong = {"connection refused", "ssh node1 true"};
    place here = good;
    here.host.clear();
    expect_all({
        {"good", check_hosts({here, good}), verdict::fine,
         "node1: 8 cores, 16 GiB, /usr/bin/python3, Python 3.11.2, distributed 2022.12.1", ""},
        {"away", check_hosts({away}), verdict::wrong, "node1: connection refused", "ssh node1 true"},
    });
}

TEST(examine, says_of_a_broken_configuration_that_alone) {
    facts seen;
    seen.config_problems = {"a.yaml:1:1: daskd.x: unknown key"};
    seen.session.user = "you";
    auto const found = examine(seen);
    std::set<std::string> checks;
    for (auto const& f : found)
        checks.insert(f.check);
    EXPECT_EQ(checks, (std::set<std::string>{"daskd", "configuration", "logout"}));
    EXPECT_EQ(worst(found), verdict::wrong);
    EXPECT_EQ(to_json(found).at("verdict"), "wrong");
    EXPECT_EQ(to_json(found).at("findings").at(1).at("remedy"), "correct it, then: daskctl config check");
    EXPECT_TRUE(to_json(found).at("findings").at(0).at("remedy").is_null());
}

} // namespace
} // namespace daskd::doctor
