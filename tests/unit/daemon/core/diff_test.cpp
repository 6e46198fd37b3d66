#include "daemon/core/diff.hpp"
#include "tests/unit/daemon/core/plans.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace daskd::core {
namespace {

using testing::ElementsAre;

std::vector<std::string> reasons(std::vector<change> const& changes) {
    std::vector<std::string> list;
    for (auto const& c : changes)
        list.push_back(to_string(c.kind) + " " + c.name + ": " + c.reason);
    return list;
}

struct diff_case {
    char const* name;
    std::function<void(plan&)> edit; ///< of a plan with two workers
    std::vector<std::string> changes;
};

tls_files certificates(std::string id) {
    return {"/ca.pem", "/c.pem", "/c.key", "/client.pem", "/client.key", std::move(id)};
}

class diffs : public testing::TestWithParam<diff_case> {};

TEST_P(diffs, say_what_a_new_plan_does) {
    auto const before = test::plan_with(2);
    auto after = before;
    GetParam().edit(after);
    EXPECT_EQ(reasons(diff(before, after)), GetParam().changes);
}

void change_agent(plan& p, std::function<void(agent_spec&)> const& edit) {
    auto other = p.agents[0];
    other.id = "b1";
    edit(other);
    p.agents.push_back(other);
    p.workers[0].process.agent = "b1";
}

TEST(diff, says_what_changes_for_daskd_itself) {
    config::cluster_settings const before;
    auto after = before;
    EXPECT_THAT(own_changes(before, after), testing::IsEmpty());
    after.http = config::listen_address{"::1", 9100, ""};
    after.on_event = {{{"*"}, {"true"}}};
    EXPECT_THAT(reasons(own_changes(before, after)),
                ElementsAre("update daskd: http none → [::1]:9100", "update daskd: on_event"));
}

TEST(diff, says_bytes_where_units_do_not_tell_them_apart) {
    auto before = test::plan_with(1);
    before.workers[0].memory_limit_bytes = 4'000'000'000;
    before.workers[0].process.args = {"before"};
    auto after = test::plan_with(1);
    after.workers[0].memory_limit_bytes = 4'000'000'001;
    EXPECT_THAT(reasons(diff(before, after)),
                ElementsAre("restart local-0: memory limit 4000000000 → 4000000001 bytes"));
}

INSTANTIATE_TEST_SUITE_P(
    table, diffs,
    testing::Values(
        diff_case{"equal", [](plan&) {}, {}},
        diff_case{"one_more",
                  [](plan& p) { p.workers = test::plan_with(3).workers; },
                  {"start local-2: new in the configuration"}},
        diff_case{"one_less",
                  [](plan& p) { p.workers.pop_back(); },
                  {"stop local-1: no longer in the configuration"}},
        diff_case{"threads",
                  [](plan& p) {
                      p.workers[0].threads = 2, p.workers[0].process.args = {"--nthreads", "2"};
                  },
                  {"restart local-0: threads 1 → 2"}},
        diff_case{"memory",
                  [](plan& p) {
                      p.workers[1].memory_limit_bytes = std::uint64_t{2} << 30,
                      p.workers[1].process.args = {"5"};
                  },
                  {"restart local-1: memory limit none → 2 GiB"}},
        diff_case{"arguments",
                  [](plan& p) { p.workers[0].process.args.emplace_back("--x"); },
                  {"restart local-0: arguments"}},
        diff_case{"environment",
                  [](plan& p) { p.workers[0].process.env["A"] = "1"; },
                  {"restart local-0: environment: A"}},
        diff_case{"spawn",
                  [](plan& p) { p.workers[0].process.spawn = config::spawn_mode::exec; },
                  {"restart local-0: spawn"}},
        diff_case{
            "cwd", [](plan& p) { p.workers[0].process.cwd = "/new"; }, {"restart local-0: cwd  → /new"}},
        diff_case{"nice", [](plan& p) { p.workers[0].process.nice = 5; }, {"restart local-0: nice 0 → 5"}},
        diff_case{"policy_touches_nothing",
                  [](plan& p) { p.workers[0].policy.restart = config::restart_policy::never; },
                  {"update local-0: policy"}},
        diff_case{"agents_python",
                  [](plan& p) { change_agent(p, [](agent_spec& a) { a.python = "/opt/python"; }); },
                  {"restart local-0: python /usr/bin/python3 → /opt/python"}},
        diff_case{"agents_cwd",
                  [](plan& p) { change_agent(p, [](agent_spec& a) { a.cwd = "/tmp"; }); },
                  {"restart local-0: cwd / → /tmp"}},
        diff_case{"agents_container",
                  [](plan& p) { change_agent(p, [](agent_spec& a) { a.container.emplace().image = "x"; }); },
                  {"restart local-0: container none → podman x"}},
        diff_case{"agents_modules",
                  [](plan& p) { change_agent(p, [](agent_spec& a) { a.warm = {"x"}; }); },
                  {"restart local-0: warm modules"}},
        diff_case{"agents_environment",
                  [](plan& p) { change_agent(p, [](agent_spec& a) { a.env["A"] = "1"; }); },
                  {"restart local-0: environment: A"}},
        diff_case{"schedulers_host",
                  [](plan& p) { p.scheduler.host = "0.0.0.0"; },
                  {"restart scheduler: host 127.0.0.1 → 0.0.0.0"}},
        diff_case{
            "schedulers_port", [](plan& p) { p.scheduler.port = 1; }, {"restart scheduler: port auto → 1"}},
        diff_case{"schedulers_dashboard",
                  [](plan& p) { p.scheduler.dashboard.wanted = false; },
                  {"restart scheduler: dashboard"}},
        diff_case{"schedulers_arguments",
                  [](plan& p) { p.scheduler.process.args = {"--x"}; },
                  {"restart scheduler: arguments"}},
        diff_case{"dasks_configuration",
                  [](plan& p) {
                      p.dask = {{"distributed", {{"x", 1}}}};
                  },
                  {"restart scheduler: Dask's own configuration", "restart local-0: Dask's own configuration",
                   "restart local-1: Dask's own configuration"}},
        diff_case{"other_certificates",
                  [](plan& p) { p.tls = certificates("other"); },
                  {"restart scheduler: TLS", "restart local-0: TLS", "restart local-1: TLS"}},
        diff_case{"protocol", [](plan& p) { p.scheduler.protocol = "tls"; }, {"restart scheduler: TLS"}},
        diff_case{"adaptation_touches_nothing",
                  [](plan& p) {
                      p.pools[0].adapt = adapt_policy{0, 10};
                  },
                  {"update local: adapt off → 0 to 10 workers"}},
        diff_case{"another_agent_of_its_pool_leaves_the_scheduler_alone",
                  [](plan& p) {
                      change_agent(p, [](agent_spec& a) { a.warm = {"x"}; });
                      p.scheduler.process.agent = "b1";
                  },
                  {"restart local-0: warm modules"}},
        diff_case{"another_python_of_the_scheduler",
                  [](plan& p) {
                      change_agent(p, [](agent_spec& a) { a.python = "/opt/python"; });
                      p.workers[0].process.agent = "a1";
                      p.scheduler.process.agent = "b1";
                  },
                  {"restart scheduler: python /usr/bin/python3 → /opt/python"}},
        diff_case{"log_size_touches_nothing", [](plan& p) { p.log_size_bytes = 1; }, {}}),
    [](auto const& one) { return std::string(one.param.name); });

} // namespace
} // namespace daskd::core
