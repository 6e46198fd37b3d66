#include "common/names.hpp"
#include "daemon/logs/follower.hpp"
#include "daemon/logs/since.hpp"
#include "daemon/logs/tail.hpp"
#include "daemon/rpc/handlers/handlers.hpp"
#include "daemon/rpc/session.hpp"

#include <algorithm>

namespace daskd::rpc {
namespace {

struct named_log {
    std::string name;
    std::filesystem::path path;
};

/// On another host it cannot be read from here.
std::optional<error> elsewhere(handler_context& c, std::string const& worker) {
    auto const* spec = c.supervisor.cluster().last_spec(worker);
    if (spec == nullptr || spec->host == core::this_host) return std::nullopt;
    return error{errc::failed, "the log of " + worker + " is on " + spec->host,
                 "ssh " + spec->host + " tail " + spec->process.log};
}

/// What there are logs of, elsewhere too.
std::vector<std::string> names_of(handler_context& c, std::vector<named_log> const& here) {
    std::vector<std::string> names;
    for (auto const& log : here)
        names.push_back(log.name);
    for (auto const* i : c.supervisor.cluster().workers())
        if (elsewhere(c, i->name)) names.push_back(i->name);
    return names;
}

/// The logs that match: scheduler, daskd and every worker here; without patterns the scheduler's and the
/// workers'.
result<std::vector<named_log>> find_logs(handler_context& c, std::vector<std::string> const& patterns) {
    std::vector<named_log> all;
    auto const add = [&](std::string const& name) {
        all.push_back({name, c.supervisor.paths().log_file(name)});
    };
    add("scheduler");
    for (auto const* i : c.supervisor.cluster().workers())
        if (!elsewhere(c, i->name)) add(i->name);
    if (patterns.empty()) return all;
    add("daskd");
    add(core::runner_name);

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
        for (auto const* i : c.supervisor.cluster().workers())
            if (auto there = elsewhere(c, i->name); there && glob_matches(pattern, i->name)) return *there;
        // A worker that is no longer there may have left its log.
        auto const old = c.supervisor.paths().log_file(pattern);
        if (is_valid_worker_name(pattern) && std::filesystem::exists(old))
            matched.push_back({pattern, old});
        else
            return error{errc::unknown_name, "there is no log of '" + pattern + "'",
                         did_you_mean_or(pattern, names_of(c, all), "see: daskctl status")};
    }
    return matched;
}

struct tails {
    json logs = json::array();
    std::vector<std::pair<named_log, std::uint64_t>> offsets;
};

result<tails> read_tails(handler_context& c, std::vector<std::string> const& names, std::size_t lines,
                         std::optional<double> since) {
    auto const found = find_logs(c, names);
    if (!found) return found.error();
    tails t;
    for (auto const& log : *found) {
        // Dated lines are looked for in all that may be read, and of those the last are shown.
        auto tail = logs::read_tail(log.path, since ? logs::max_tail_lines : lines);
        if (tail && since) {
            auto later = logs::since(std::move(tail->lines), *since);
            if (later.size() > lines)
                later.erase(later.begin(), later.end() - static_cast<std::ptrdiff_t>(lines));
            tail->lines = std::move(later);
        }
        t.offsets.emplace_back(log, tail ? tail->offset : 0);
        t.logs.push_back({{"name", log.name},
                          {"path", log.path.string()},
                          {"lines", tail ? tail->lines : std::vector<std::string>{}},
                          {"offset", t.offsets.back().second}});
    }
    return t;
}

result<json> read(handler_context& c, call const& request) {
    parameters p(request.params);
    auto const names = p.get<std::vector<std::string>>("names", {});
    auto const lines = p.get<std::size_t>("lines", 20);
    auto const since = p.get<double>("since");
    if (auto const wrong = p.problem()) return *wrong;
    auto t = read_tails(c, names, lines, since);
    if (!t) return t.error();
    return json{{"logs", std::move(t->logs)}};
}

result<json> follow(handler_context& c, call const& request) {
    parameters p(request.params);
    auto const names = p.get<std::vector<std::string>>("names", {});
    auto const lines = p.get<std::size_t>("lines", 20);
    if (auto const wrong = p.problem()) return *wrong;
    auto const client = request.client.lock();
    if (!client) return error{errc::failed, "the client is gone", ""};
    auto t = read_tails(c, names, lines, std::nullopt);
    if (!t) return t.error();

    auto const follower = std::make_shared<logs::follower>(
        c.supervisor.executor(),
        [weak = request.client](std::filesystem::path const& file, std::vector<std::string> const& more) {
            if (auto const s = weak.lock())
                s->notify("log", {{"name", file.stem().string()}, {"lines", more}});
        });
    for (auto const& [log, offset] : t->offsets)
        if (auto added = follower->add(log.path, offset); !added) return added.error();
    client->on_close([follower] { follower->stop(); });
    return json{{"logs", std::move(t->logs)}};
}

} // namespace

void add_log_methods(dispatcher& d, handler_context& c) {
    d.add("logs.read", immediate_handler([&c](call const& r) { return read(c, r); }));
    d.add("logs.follow", immediate_handler([&c](call const& r) { return follow(c, r); }));
}

} // namespace daskd::rpc
