#include "tests/unit/daemon/core/world.hpp"

#include <array>
#include <random>

// Anything may happen at any time, and what is told may come in any order between channels. Whatever happens:
// no two live processes of a name (the world sees to that), no busy loop, down ends down, and peace ends up.

namespace daskd::core {
namespace {

using namespace std::chrono_literals;

class chaos {
public:
    explicit chaos(unsigned seed) : random_(seed) {
        w.settles = false;
        w.up(plan_);
    }

    void step() {
        if (!w.reports.empty() && chance(0.7)) {
            w.step(w.reports[below(w.reports.size())].channel);
        } else {
            switch (below(12)) {
            case 0:
            case 1:
            case 2: return pass_time();
            case 3:
            case 4: return kill_something();
            case 5: return change_manners();
            case 6: return use_a_verb();
            case 7: return change_plan();
            case 8: return trouble_an_agent();
            case 9: return trouble_the_link();
            case 10:
                if (chance(0.1)) replace_daskd();
                return;
            default: return change_intent();
            }
        }
    }

    void check() const {
        auto const check_one = [](instance const& i) {
            if (i.is_alive()) return;
            EXPECT_FALSE(i.process) << i.name;
            EXPECT_FALSE(i.is_registered) << i.name;
            EXPECT_EQ(i.stage, stop_stage::none) << i.name;
        };
        check_one(w.daskd->scheduler());
        for (auto const* i : w.daskd->workers())
            check_one(*i);
        if (adopting()) return;
        for (auto const& [name, p] : w.alive) {
            auto const* i = name == "scheduler" ? &w.daskd->scheduler() : w.daskd->find_worker(name);
            ASSERT_TRUE(i != nullptr && i->is_alive() && i->launch() == p.launch) << name << " is forgotten";
        }
        EXPECT_TRUE(w.state() != "down" || w.alive.empty());
    }

    /// Everybody behaves, and the owner wants all of it.
    void make_peace() {
        w.settles = true;
        w.deaf = w.mute = w.clinging = w.unstartable = {};
        w.broken_agents.clear();
        w.settle();
        w.up(plan_);
        for (auto const& name : std::set(w.daskd->stopped_workers()))
            if (w.daskd->find_spec(name) != nullptr) w.perform(w.daskd->start_worker(name, w.now));
        w.perform(w.daskd->start_scheduler(w.now));
        w.pass(5min);
    }

    test::world w;

private:
    bool chance(double p) { return std::uniform_real_distribution<double>(0, 1)(random_) < p; }
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

    std::string any_alive() {
        return std::next(w.alive.begin(), static_cast<std::ptrdiff_t>(below(w.alive.size())))->first;
    }
    std::string any_worker() {
        auto const all = w.daskd->workers();
        return all.empty() ? "" : all[below(all.size())]->name;
    }
    stop_manner any_manner() {
        return std::array{stop_manner::gently, stop_manner::briskly, stop_manner::at_once}[below(3)];
    }
    /// A new daskd has not heard yet of all that it inherits.
    bool adopting() const {
        auto const is_heard = [&](auto const& p) {
            auto const it = w.daskd->agents().find(p.second.agent);
            return it != w.daskd->agents().end() && it->second.state == agent_state::ready;
        };
        return !std::ranges::all_of(w.alive, is_heard) || std::ranges::any_of(w.reports, [](auto const& r) {
            return std::holds_alternative<happened::agent_ready>(r.what);
        });
    }

    void pass_time() { w.pass(std::array<milliseconds, 4>{0ms, 50ms, 3s, 70s}[below(4)]); }

    void kill_something() {
        if (w.alive.empty()) return;
        auto const name = any_alive();
        if (chance(0.5))
            w.dies(name);
        else
            w.exits(name, chance(0.5) ? 0 : 1);
    }

    void change_manners() {
        auto const name = chance(0.3) ? std::string("scheduler") : any_worker();
        auto& those = *std::array{&w.deaf, &w.mute, &w.clinging, &w.unstartable}[below(4)];
        if (those.erase(name) == 0 && chance(0.5)) those.insert(name);
    }

    void use_a_verb() {
        auto const name = any_worker();
        if (name.empty() || w.daskd->find_spec(name) == nullptr || !w.daskd->is_wanted_up()) return;
        switch (below(7)) {
        case 0: return w.perform(w.daskd->restart_worker(name, any_manner(), w.now));
        case 1: return w.perform(w.daskd->stop_worker(name, any_manner(), w.now));
        case 2: return w.perform(w.daskd->start_worker(name, w.now));
        case 3: return w.perform(w.daskd->restart_scheduler(any_manner(), w.now));
        case 4: return w.perform(w.daskd->stop_scheduler(any_manner(), w.now));
        case 5: return w.perform(w.daskd->start_scheduler(w.now));
        default: return w.perform(w.daskd->restart_all(plan_, any_manner(), w.now));
        }
    }

    void change_plan() {
        plan_ = test::plan_with(static_cast<int>(below(5)), static_cast<int>(1 + below(2)),
                                chance(0.8) ? "a1" : "b1");
        plan_.agents[0].starts_at_once = static_cast<int>(1 + below(3));
        if (w.daskd->is_wanted_up()) w.perform(w.daskd->replan(plan_, w.now));
    }

    void trouble_an_agent() {
        auto const id = chance(0.5) ? "a1" : "b1";
        if (chance(0.3))
            w.broken_agents[id] = chance(0.3);
        else if (chance(0.5))
            w.broken_agents.erase(id);
        else if (w.agents.contains(id))
            w.agent_dies(id);
    }

    void trouble_the_link() {
        auto const name = any_worker();
        if (chance(0.1)) {
            if (w.alive.contains("scheduler")) w.client_shuts_down();
        } else if (w.alive.contains(name)) {
            chance(0.5) ? w.scheduler_drops(name) : w.scheduler_takes(name);
        }
    }

    void change_intent() {
        if (chance(0.6))
            w.up(plan_);
        else
            w.perform(w.daskd->down(ending::requested, any_manner(), w.now));
    }

    void replace_daskd() {
        auto const intent = w.daskd->is_wanted_up() ? std::optional(plan_) : std::nullopt;
        w.daskd_dies();
        w.daskd_starts(intent);
        w.settle(); // living agents answer before anybody can use a verb
    }

    std::mt19937 random_;
    plan plan_ = test::plan_with(3);
};

class cluster_random : public testing::TestWithParam<unsigned> {};

TEST_P(cluster_random, holds_its_promises) {
    chaos c(GetParam());
    for (int n = 0; n < 2000 && !testing::Test::HasFailure(); ++n) {
        c.step();
        c.check();
    }
    if (testing::Test::HasFailure()) return;
    c.make_peace();
    EXPECT_EQ(c.w.state(), "running");
    EXPECT_FALSE(c.w.daskd->is_renewing());
    auto const starts = c.w.take_journal().size();
    c.w.pass(1h);
    EXPECT_TRUE(c.w.journal.empty()) << "in peace nothing happens, after " << starts << " actions";
    c.w.down();
    c.w.pass(1min);
    EXPECT_EQ(c.w.state(), "down");
    EXPECT_TRUE(c.w.alive.empty());
    EXPECT_TRUE(c.w.agents.empty());
    EXPECT_FALSE(c.w.daskd->next_deadline());
}

INSTANTIATE_TEST_SUITE_P(seeds, cluster_random, testing::Range(1U, 31U));

} // namespace
} // namespace daskd::core
