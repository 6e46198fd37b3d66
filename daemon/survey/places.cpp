#include "daemon/survey/places.hpp"

#include "daemon/async/notifier.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/process/find_python.hpp"
#include "daemon/survey/interpreters.hpp"

#include <algorithm>

namespace daskd::survey {
namespace {

namespace asio = boost::asio;
using config::launcher_kind;

/// The ready agent on `host` (empty: this machine) that runs this part; null if there is none.
told_agent const* agent_for(told const& heard, std::string const& part, std::string const& host) {
    for (auto const& agent : heard.agents)
        if (agent.there.is_running && agent.there.host == host &&
            std::ranges::find(agent.runs, part) != agent.runs.end())
            return &agent;
    return nullptr;
}

doctor::place place_of(told_agent const& agent, std::string name, std::string pool) {
    auto place = agent.there;
    place.name = std::move(name);
    place.pool = std::move(pool);
    return place;
}

/// Interpreters of this machine, each asked once.
class local_interpreters {
public:
    asio::awaitable<void> ask(doctor::place& where, std::optional<std::string> wanted) {
        auto finding = finder_.find(std::move(wanted), process::own_environment());
        auto const found = co_await std::move(finding);
        if (!found) {
            where.wrong = {found.error().what, found.error().hint};
            co_return;
        }
        where.python = *found;
        auto const [known, is_new] = asked_.try_emplace(*found, where);
        if (is_new) {
            auto asking = ask_here(known->second);
            co_await std::move(asking);
        }
        where.versions = known->second.versions;
        where.wrong = known->second.wrong;
    }

private:
    process::python_finder finder_;
    std::map<std::string, doctor::place> asked_; ///< by path
};

/// Hosts that are asked at the same time.
struct remote_questions {
    int waiting = 0;
    async::notifier answered;
};

/// Counts one of them, however it ends.
class remote_question {
public:
    explicit remote_question(remote_questions& all) : all_(all) {}
    ~remote_question() {
        --all_.waiting;
        all_.answered.notify_all();
    }
    remote_question(remote_question const&) = delete;
    remote_question& operator=(remote_question const&) = delete;

private:
    remote_questions& all_;
};

asio::awaitable<void> ask_host(doctor::place& where, config::pool_settings pool, config::host_address host,
                               remote_questions& all) {
    remote_question const counted(all);
    auto asking = ask_there(where, std::move(pool), std::move(host));
    co_await std::move(asking);
}

void add_hosts(doctor::facts& into, config::pool_settings const& pool, told const& heard) {
    for (auto const& host : pool.hosts) {
        auto const& name = host.address.name;
        if (auto const* agent = agent_for(heard, pool.name, name)) {
            into.workers.push_back(place_of(*agent, name, pool.name));
            continue;
        }
        doctor::place there;
        there.name = there.host = name;
        there.pool = pool.name;
        into.workers.push_back(std::move(there));
    }
}

asio::awaitable<void> ask_hosts(doctor::facts& into, config::cluster_settings const& settings) {
    auto const executor = co_await asio::this_coro::executor;
    remote_questions all;
    for (auto& place : into.workers) {
        if (place.host.empty() || place.is_running) continue;
        auto const pool = std::ranges::find(settings.pools, place.pool, &config::pool_settings::name);
        auto const host = std::ranges::find(pool->hosts, place.host,
                                            [](config::host_settings const& h) { return h.address.name; });
        ++all.waiting;
        async::spawn_task(executor, "look at " + place.host,
                          ask_host(place, host->own.empty() ? *pool : host->own.front(), host->address, all));
    }
    while (all.waiting > 0) {
        auto waiting = all.answered.wait({});
        co_await std::move(waiting);
    }
}

asio::awaitable<void> add_local_pool(doctor::facts& into, config::pool_settings const& pool,
                                     told const& heard, local_interpreters& here) {
    if (auto const* agent = agent_for(heard, pool.name, "")) {
        into.workers.push_back(place_of(*agent, pool.name, pool.name));
        co_return;
    }
    doctor::place place;
    place.name = place.pool = pool.name;
    if (!pool.container) {
        auto asking = here.ask(place, pool.python);
        co_await std::move(asking);
    }
    into.workers.push_back(std::move(place));
}

} // namespace

asio::awaitable<void> find_places(doctor::facts& into, config::cluster_settings const& settings,
                                  told const& heard) {
    local_interpreters here;
    into.scheduler.name = "scheduler";
    if (auto const* agent = agent_for(heard, "scheduler", "")) {
        into.scheduler = place_of(*agent, "scheduler", "");
    } else if (!settings.scheduler.container) {
        auto asking = here.ask(into.scheduler, settings.scheduler.python);
        co_await std::move(asking);
    }
    for (auto const& pool : settings.pools) {
        if (pool.launcher == launcher_kind::ssh) add_hosts(into, pool, heard);
        if (pool.launcher != launcher_kind::local) continue;
        auto adding = add_local_pool(into, pool, heard, here);
        co_await std::move(adding);
    }
    into.shell = doctor::place{};
    into.shell->name = "this shell";
    auto asking = here.ask(*into.shell, std::nullopt);
    co_await std::move(asking);
    if (!into.shell->wrong.problem.empty()) into.shell.reset(); // where nothing is, nothing will connect
    auto others = ask_hosts(into, settings);
    co_await std::move(others);
}

} // namespace daskd::survey
