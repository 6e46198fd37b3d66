#include "daemon/config/hosts_key.hpp"
#include "daemon/config/show.hpp"
#include "tests/unit/daemon/config/support.hpp"

#include <gmock/gmock.h>

namespace daskd::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> complaints(std::string const& pools) {
    return test::messages(test::load_text("daskd:\n  pools:\n" + pools).diagnostics);
}

TEST(hosts, may_differ_from_their_pool) {
    auto const out = test::load_text(R"(
daskd:
  defaults: {threads: 3}
  pools:
    lab:
      launcher: ssh
      workers: 4
      env: {A: 1}
      link_tolerance: 5s
      hosts:
        - alice@node1:2222
        - {host: "gpu[1-2]", workers: 2, env: {B: 2}}
)");
    EXPECT_THAT(test::messages(out.diagnostics), IsEmpty());
    auto const& pool = out.settings.pools.at(0);
    EXPECT_EQ(pool.launcher, launcher_kind::ssh);
    EXPECT_EQ(pool.link_tolerance, milliseconds{5'000});
    ASSERT_EQ(pool.hosts.size(), 3U);
    EXPECT_EQ(pool.hosts[0].address, (host_address{"node1", "alice", 2222}));
    EXPECT_TRUE(pool.hosts[0].own.empty());
    ASSERT_EQ(pool.hosts[2].own.size(), 1U);
    auto const& gpu2 = pool.hosts[2].own[0];
    EXPECT_EQ(gpu2.workers, 2);
    EXPECT_EQ(gpu2.threads, 3) << "of the defaults";
    EXPECT_EQ(gpu2.env.size(), 2U) << "maps are merged";
    EXPECT_EQ(pool.workers, 4);
    auto const shown = show(out.settings);
    EXPECT_EQ(show(test::load_text(shown).settings), shown);
    EXPECT_THAT(shown, HasSubstr("gpu2"));
}

TEST(hosts, one_alone_needs_no_list) {
    auto const out = test::load_text("daskd: {pools: {lab: {launcher: ssh, hosts: node1}}}");
    EXPECT_THAT(test::messages(out.diagnostics), IsEmpty());
    EXPECT_EQ(out.settings.pools.at(0).hosts.at(0).address.name, "node1");
}

TEST(hosts, tilde_is_the_home_there) {
    sources further;
    further.environment["HOME"] = "/home/me";
    auto const out = test::load_text(
        "daskd: {pools: {lab: {launcher: ssh, hosts: node1, python: ~/venv/bin/python}}}", further);
    EXPECT_EQ(out.settings.pools.at(0).python, "~/venv/bin/python");
}

TEST(hosts, are_logged_in_to_with_files_of_this_machine) {
    sources further;
    further.environment["HOME"] = "/home/me";
    auto const out =
        test::load_text("daskd: {pools: {lab: {launcher: ssh, identity: [~/.ssh/lab], known_hosts: ~/known,"
                        " hosts: [node1, {host: node2, identity: [~/other]}]}}}",
                        further);
    EXPECT_THAT(test::messages(out.diagnostics), IsEmpty());
    auto const& pool = out.settings.pools.at(0);
    EXPECT_EQ(pool.identity, std::vector<std::string>{"/home/me/.ssh/lab"});
    EXPECT_EQ(pool.known_hosts, "/home/me/known");
    EXPECT_EQ(pool.hosts.at(1).own.at(0).identity, std::vector<std::string>{"/home/me/other"});
    EXPECT_EQ(pool.hosts.at(1).own.at(0).known_hosts, "/home/me/known");
}

struct mistaken_host {
    std::string name;
    std::string pools;
    std::string complaint;
};

class hosts_mistake : public testing::TestWithParam<mistaken_host> {};

TEST_P(hosts_mistake, is_explained_with_its_place) {
    EXPECT_THAT(complaints(GetParam().pools), ElementsAre(GetParam().complaint));
}

INSTANTIATE_TEST_SUITE_P(
    all, hosts_mistake,
    testing::ValuesIn(std::vector<mistaken_host>{
        {"none", "    lab: {launcher: ssh}\n",
         "c.yaml:3:10: daskd.pools.lab.hosts: 'launcher: ssh' needs at least one host"},
        {"empty", "    lab:\n      launcher: ssh\n      hosts: []\n",
         "c.yaml:5:14: daskd.pools.lab.hosts: 'launcher: ssh' needs at least one host"},
        {"local", "    lab:\n      hosts: [node1]\n",
         "c.yaml:4:14: daskd.pools.lab.hosts: only with 'launcher: ssh'"},
        {"twice", "    lab:\n      launcher: ssh\n      hosts:\n      - node[1-3]\n      - bob@node2:23\n",
         "c.yaml:7:9: daskd.pools.lab.hosts: 'node2' is there twice (for another port or user, give it a "
         "name "
         "of its own in ~/.ssh/config)"},
        {"range", "    lab:\n      launcher: ssh\n      hosts:\n      - node[3-1]\n",
         "c.yaml:6:9: daskd.pools.lab.hosts: 'node[3-1]': the range '3-1' is empty"},
        {"flow_list", "    lab:\n      launcher: ssh\n      hosts: [[1-3]]\n",
         "c.yaml:5:15: daskd.pools.lab.hosts: must be a host such as node1 or alice@node1:2222 or "
         "node[01-16], or a map with 'host', not a list"},
        {"map_without_host", "    lab:\n      launcher: ssh\n      hosts:\n      - {workers: 1}\n",
         "c.yaml:6:9: daskd.pools.lab.hosts: needs 'host'"},
        {"override", "    lab:\n      launcher: ssh\n      hosts:\n      - {host: a, threads: 0}\n",
         "c.yaml:6:28: daskd.pools.lab.hosts.threads: must be a whole number from 1 to 65536 or auto, not 0"},
        {"override_unknown", "    lab:\n      launcher: ssh\n      hosts:\n      - {host: a, threds: 1}\n",
         "c.yaml:6:19: daskd.pools.lab.hosts.threds: unknown key; did you mean 'threads'?"},
        {"override_of_the_pool",
         "    lab:\n      launcher: ssh\n      hosts:\n      - {host: a, link-tolerance: 9s}\n",
         "c.yaml:6:19: daskd.pools.lab.hosts.link-tolerance: holds for the whole pool, not for a host"},
        {"override_of_jobs", "    lab:\n      launcher: ssh\n      hosts:\n      - {host: a, queue: long}\n",
         "c.yaml:6:26: daskd.pools.lab.hosts.queue: is for pools in job queues: this one needs 'launcher: "
         "slurm' (or sge, htcondor, pbs, lsf)"},
        {"names", "    lab:\n      launcher: ssh\n      hosts: a\n      names: [x]\n",
         "c.yaml:6:14: daskd.pools.lab.names: name the workers of each host: hosts: [{host: node1, names: "
         "[a, "
         "b]}]"},
        {"names_of_a_host",
         "    lab:\n      launcher: ssh\n      hosts: [{host: a, names: [x], workers: 2}]\n",
         "c.yaml:5:14: daskd.pools.lab.hosts: 'a': only 1 names for 2 workers"},
        {"adapt", "    lab:\n      launcher: ssh\n      hosts: a\n      adapt: {maximum: 3}\n",
         "c.yaml:6:14: daskd.pools.lab.adapt: not with 'launcher: ssh' in this version"},
        {"same_prefix", "    lab-a: {}\n    lab: {launcher: ssh, hosts: a}\n",
         "c.yaml:4:10: daskd.pools.lab: its workers would be called 'lab-a-0' … as those of pool 'lab-a'"},
        {"same_name",
         "    p: {names: [b@x]}\n    lab:\n      launcher: ssh\n      hosts: [{host: a, names: [b@x]}]\n",
         "c.yaml:6:14: daskd.pools.lab.hosts: 'b@x' is also a worker of pool 'p'"},
    }),
    [](auto const& test) { return test.param.name; });

TEST(hosts, too_long_a_name_is_told_before_there_are_workers) {
    EXPECT_THAT(complaints("    lab: {launcher: ssh, hosts: " + std::string(60, 'n') + "}\n"),
                ElementsAre(HasSubstr("is too long for names of workers such as 'lab-nnn")));
}

} // namespace
} // namespace daskd::config
