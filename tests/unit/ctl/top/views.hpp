#pragma once

#include "ctl/top/model.hpp"

namespace daskd::ctl::top::test {

inline worker_view worker(std::string name, std::string state = "running") {
    worker_view w;
    w.name = std::move(name);
    w.pool = "local";
    w.host = "localhost";
    w.state = std::move(state);
    w.desired = "running";
    w.threads = 2;
    w.memory_limit_bytes = std::uint64_t{4} << 30;
    if (w.state == "running") {
        w.memory_bytes = std::uint64_t{1} << 30;
        w.cpu_percent = 150;
        w.executing = 2;
        w.uptime_s = 20;
    }
    return w;
}

/// A cluster that runs, with so many workers.
inline cluster_view view(int workers) {
    cluster_view v;
    v.cluster = "default";
    v.state = "running";
    v.daemon = daemon_view{1, "0.1.0", 100, 7'654'321, "/s"};
    v.scheduler.emplace();
    v.scheduler->state = "running";
    v.scheduler->address = "tcp://127.0.0.1:8786";
    v.scheduler->uptime_s = 99;
    v.scheduler->distributed = "2022.12.1";
    v.pools = {{"local", "local", workers, workers}};
    for (int n = 0; n < workers; ++n)
        v.workers.push_back(worker("local-" + std::to_string(n)));
    v.summary.desired = v.summary.running = workers;
    return v;
}

inline time_point const start{std::chrono::hours(1)};

inline model connected(cluster_view v) {
    model m;
    m.on_connection(true);
    m.on_status(std::move(v), start);
    return m;
}

inline json event(std::string name, std::string from, std::string to, std::string text) {
    return {{"seq", 1},
            {"at", "2026-11-21T22:58:04.808Z"},
            {"kind", "worker.state"},
            {"name", std::move(name)},
            {"from", std::move(from)},
            {"to", std::move(to)},
            {"cause", nullptr},
            {"text", std::move(text)}};
}

} // namespace daskd::ctl::top::test
