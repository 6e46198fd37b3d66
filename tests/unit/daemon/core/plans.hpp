#pragma once

#include "daemon/core/plan.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace daskd::test {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

inline std::vector<std::string> worker_names(core::plan const& p) {
    std::vector<std::string> list;
    for (auto const& w : p.workers)
        list.push_back(w.name);
    return list;
}

/// A plan with one pool, "local", whose workers and scheduler are forked from one agent, "a1".
inline core::plan plan_with(int workers, int threads = 1, std::string const& agent = "a1") {
    core::plan p;
    p.agents.push_back({agent, "/usr/bin/python3", {}, "/", {}, core::milliseconds{600'000}, 8});
    p.scheduler.host = "127.0.0.1";
    p.scheduler.process.agent = agent;
    p.runner.process.agent = agent;
    p.pools.push_back({"local", "local", workers});
    for (int i = 0; i < workers; ++i) {
        core::worker_spec w;
        w.name = "local-" + std::to_string(i);
        w.pool = "local";
        w.host = "localhost";
        w.threads = threads;
        w.process.agent = agent;
        w.process.args = {"--nthreads", std::to_string(threads)};
        p.workers.push_back(w);
    }
    return p;
}

} // namespace daskd::test
