#include "daemon/config/on_event_key.hpp"
#include "daemon/core/cluster.hpp"
#include "daemon/hooks/matching.hpp"

#include <gmock/gmock.h>

namespace daskd::hooks {
namespace {

state::event became(std::string kind, std::string to) {
    return {1, "", std::move(kind), "x", "running", std::move(to), std::nullopt, ""};
}

struct match_case {
    char const* name;
    std::string kind;
    state::event event;
    bool is_for;
};

class matching : public testing::TestWithParam<match_case> {};

TEST_P(matching, is_by_what_became_of_it_or_by_kind) {
    auto const& c = GetParam();
    EXPECT_EQ(is_for({{"cluster.down", c.kind}, {"true"}}, c.event), c.is_for);
}

INSTANTIATE_TEST_SUITE_P(events, matching,
                         testing::ValuesIn(std::vector<match_case>{
                             {"state", "worker.failed", became("worker.state", "failed"), true},
                             {"other_state", "worker.failed", became("worker.state", "running"), false},
                             {"other_subject", "worker.failed", became("scheduler.state", "failed"), false},
                             {"kind", "worker.state", became("worker.state", "running"), true},
                             {"no_state", "cluster.notice", became("cluster.notice", ""), true},
                             {"scaled", "pool.scaled", became("pool.scaled", "4"), true},
                             {"glob", "*.failed", became("agent.state", "failed"), true},
                             {"glob_of_all", "*", became("cluster.notice", ""), true},
                         }),
                         [](auto const& c) { return std::string(c.param.name); });

TEST(event_names, hold_every_state_that_there_is) {
    using testing::Contains;
    for (int state = 0; state <= static_cast<int>(core::process_state::unreachable); ++state)
        for (auto const* subject : {"worker.", "scheduler."})
            EXPECT_THAT(config::event_names(),
                        Contains(subject + core::to_string(static_cast<core::process_state>(state))));
    for (int state = 0; state <= static_cast<int>(core::cluster_state::failed); ++state)
        EXPECT_THAT(config::event_names(),
                    Contains("cluster." + core::to_string(static_cast<core::cluster_state>(state))));
}

} // namespace
} // namespace daskd::hooks
