#include "common/names.hpp"
#include "daemon/logs/follower.hpp"
#include "daemon/logs/since.hpp"
#include "daemon/logs/tail.hpp"
#include "daemon/rpc/far_reading.hpp"
#include "daemon/rpc/handlers/handlers.hpp"
#include "daemon/rpc/session.hpp"

#include <algorithm>

namespace daskd::rpc {
namespace {

struct named_log {
    std::string name;
    std::filesystem::path path;
    std::optional<far_log> far = {}; ///< it is on another host
};

std::vector<std::string> names_of(std::vector<named_log> const& logs) {
    std::vector<std::string> names;
    for (auto const& log : logs)
        names.push_back(log.name);
    return names;
}

named_log log_of_worker(handler_context& c, std::string const& worker) {
    auto const* spec = c.supervisor.cluster().last_spec(worker);
    if (spec == nullptr || spec->host == core::this_host)
        return {worker, c.supervisor.paths().log_file(worker)};
    // Jobs may write into a directory that their nodes share with this machine: it outlives them.
    bool const is_shared = spec->host == core::job_host && std::filesystem::exists(spec->process.log);
    if (is_shared) return {worker, spec->process.log};
    auto const& agents = c.supervisor.cluster().agents();
    auto const agent = agents.find(spec->process.agent);
    bool const has_node = agent != agents.end() && agent->second.job && !agent->second.job->node.empty();
    auto const& host = has_node ? agent->second.job->node : spec->host;
    return {worker, spec->process.log, far_log{worker, spec->process.agent, host, spec->process.log}};
}

far_reading::reader reader_of(handler_context& c) {
    return [&c](std::string const& agent) -> launch::far_logs& { return c.supervisor.far_logs(agent); };
}

/// The logs that match: scheduler, daskd and every worker; without patterns the scheduler's and the workers'.
result<std::vector<named_log>> find_logs(handler_context& c, std::vector<std::string> const& patterns) {
    std::vector<named_log> all{{"scheduler", c.supervisor.paths().log_file("scheduler")}};
    for (auto const* i : c.supervisor.cluster().workers())
        all.push_back(log_of_worker(c, i->name));
    if (patterns.empty()) return all;
    for (auto const* name : {"daskd", core::runner_name})
        all.push_back({name, c.supervisor.paths().log_file(name)});

    std::vector<named_log> matched;
    for (auto const& pattern : patterns) {
        bool is_known = false;
        for (auto const& log : all) {
            if (!glob_matches(pattern, log.name)) continue;
            is_known = true;
            if (std::ranges::find(matched, log.name, &named_log::name) == matched.end())
                matched.push_back(log);
        }
        if (is_known) continue;
        // A worker that is no longer there may have left its log.
        auto const old = c.supervisor.paths().log_file(pattern);
        if (is_valid_worker_name(pattern) && std::filesystem::exists(old))
            matched.push_back({pattern, old});
        else
            return error{errc::unknown_name, "there is no log of '" + pattern + "'",
                         did_you_mean_or(pattern, names_of(all), "see: daskctl status")};
    }
    return matched;
}

struct wish {
    std::vector<std::string> names;
    std::size_t lines = 20;
    std::optional<double> since;
};

result<wish> read_wish(call const& request) {
    parameters p(request.params);
    wish w{p.get<std::vector<std::string>>("names", {}), p.get<std::size_t>("lines", 20),
           p.get<double>("since")};
    if (auto const wrong = p.problem()) return *wrong;
    return w;
}

/// Dated lines are looked for in all that may be read, and of those the last are shown.
std::size_t lines_to_read(wish const& w) {
    return w.since ? logs::max_tail_lines : w.lines;
}

std::vector<std::string> wanted_of(std::vector<std::string> lines, wish const& w) {
    if (!w.since) return lines;
    auto later = logs::since(std::move(lines), *w.since);
    if (later.size() > w.lines)
        later.erase(later.begin(), later.end() - static_cast<std::ptrdiff_t>(w.lines));
    return later;
}

json describe(named_log const& log, std::vector<std::string> const& lines) {
    json j{{"name", log.name}, {"path", log.path.string()}, {"lines", lines}};
    if (log.far) j["host"] = log.far->host;
    return j;
}

struct tails {
    json logs = json::array();
    std::vector<std::pair<named_log, std::uint64_t>> here; ///< each with where to go on
};

/// `far`: those that are elsewhere are asked by it already. Fails if none of them can be read.
boost::asio::awaitable<result<tails>> read_tails(std::vector<named_log> found,
                                                 std::shared_ptr<far_reading> far, wish w) {
    auto asking = far->wait_for_tails();
    co_await std::move(asking);
    tails t;
    std::optional<error> trouble;
    std::size_t troubles = 0;
    for (auto const& log : found) {
        if (!log.far) {
            auto const tail = logs::read_tail(log.path, lines_to_read(w));
            t.logs.push_back(describe(log, wanted_of(tail ? tail->lines : std::vector<std::string>{}, w)));
            t.here.emplace_back(log, tail ? tail->offset : 0);
            t.logs.back()["offset"] = t.here.back().second;
            continue;
        }
        auto const tail = far->tail_of(log.name);
        t.logs.push_back(describe(log, wanted_of(tail ? *tail : std::vector<std::string>{}, w)));
        if (tail) continue;
        trouble = tail.error();
        ++troubles;
        t.logs.back()["trouble"] = trouble->what;
    }
    if (trouble && troubles == found.size()) co_return *trouble;
    co_return t;
}

std::vector<far_log> far_ones(std::vector<named_log> const& logs) {
    std::vector<far_log> far;
    for (auto const& log : logs)
        if (log.far) far.push_back(*log.far);
    return far;
}

boost::asio::awaitable<result<json>> read(handler_context& c, call request) {
    auto const w = read_wish(request);
    if (!w) co_return w.error();
    auto const found = find_logs(c, w->names);
    if (!found) co_return found.error();
    auto const far = std::make_shared<far_reading>(reader_of(c), nullptr);
    far->begin(far_ones(*found), lines_to_read(*w));
    auto reading = read_tails(*found, far, *w);
    auto t = co_await std::move(reading);
    far->end();
    if (!t) co_return t.error();
    co_return json{{"logs", std::move(t->logs)}};
}

boost::asio::awaitable<result<json>> follow(handler_context& c, call request) {
    auto w = read_wish(request);
    if (!w) co_return w.error();
    w->since.reset();
    auto const found = find_logs(c, w->names);
    if (!found) co_return found.error();
    auto const client = request.client.lock();
    if (!client) co_return error{errc::failed, "the client is gone", ""};

    auto const tell = [weak = request.client](std::string const& name, std::vector<std::string> const& more) {
        if (auto const s = weak.lock()) s->notify("log", {{"name", name}, {"lines", more}});
    };
    auto const far = std::make_shared<far_reading>(reader_of(c), tell);
    client->on_close([far] { far->end(); });
    far->begin(far_ones(*found), w->lines);
    auto reading = read_tails(*found, far, *w);
    auto t = co_await std::move(reading);
    if (!t) co_return t.error();

    auto const follower = std::make_shared<logs::follower>(
        c.supervisor.executor(),
        [tell](std::filesystem::path const& file, std::vector<std::string> const& more) {
            tell(file.stem().string(), more);
        });
    for (auto const& [log, offset] : t->here)
        if (auto added = follower->add(log.path, offset); !added) co_return added.error();
    client->on_close([follower] { follower->stop(); });
    co_return json{{"logs", std::move(t->logs)}};
}

} // namespace

void add_log_methods(dispatcher& d, handler_context& c) {
    d.add("logs.read", handler([&c](call r) { return read(c, std::move(r)); }));
    d.add("logs.follow", handler([&c](call r) { return follow(c, std::move(r)); }));
}

} // namespace daskd::rpc
