#include "daemon/state/intent.hpp"

#include "common/durations.hpp"

namespace daskd::state {
namespace {

template <class T>
json or_null(std::optional<T> const& value) {
    return value ? json(*value) : json(nullptr);
}

/// Reads one field where it is there. nlohmann throws on a wrong type; intent_from_json catches.
template <class T>
void read(json const& object, char const* key, T& into) {
    if (auto it = object.find(key); it != object.end()) it->get_to(into);
}

template <class T>
void read(json const& object, char const* key, std::optional<T>& into) {
    if (auto it = object.find(key); it != object.end() && !it->is_null()) into = it->get<T>();
}

std::optional<double> in_seconds(std::optional<config::milliseconds> const& time) {
    if (!time) return std::nullopt;
    return std::chrono::duration<double>(*time).count();
}

json write(core::port_book::blocks const& blocks) {
    auto all = json::object();
    for (auto const& [owner, block] : blocks)
        all[owner] = {{"home", block.home}, {"ports", block.ports}, {"retired", block.retired}};
    return all;
}

core::port_block read_block(json const& value) {
    core::port_block block;
    read(value, "home", block.home);
    read(value, "ports", block.ports);
    read(value, "retired", block.retired);
    return block;
}

json write(std::map<std::string, adapt_wish> const& pools) {
    auto all = json::object();
    for (auto const& [pool, wish] : pools) {
        if (!wish) {
            all[pool] = nullptr;
            continue;
        }
        all[pool] = {{"minimum", or_null(wish->minimum)},
                     {"maximum", or_null(wish->maximum)},
                     {"interval_s", or_null(in_seconds(wish->interval))},
                     {"wait_count", or_null(wish->wait_count)},
                     {"target_duration_s", or_null(in_seconds(wish->target_duration))}};
    }
    return all;
}

void read(json const& object, char const* key, std::optional<config::milliseconds>& into) {
    std::optional<double> seconds;
    read(object, key, seconds);
    if (seconds) into = from_seconds(*seconds);
}

adapt_wish read_adapt(json const& value) {
    if (value.is_null()) return std::nullopt;
    config::adapt_settings s;
    read(value, "minimum", s.minimum);
    read(value, "maximum", s.maximum);
    read(value, "interval_s", s.interval);
    read(value, "wait_count", s.wait_count);
    read(value, "target_duration_s", s.target_duration);
    return s;
}

json write(std::vector<core::job_record> const& jobs) {
    auto all = json::array();
    for (auto const& job : jobs)
        all.push_back({{"agent", job.agent},
                       {"name", job.name},
                       {"id", job.id},
                       {"is_unwanted", job.is_unwanted},
                       {"queue", config::to_string(job.queue)},
                       {"submit_host", job.submit_host}});
    return all;
}

core::job_record read_job(json const& value) {
    core::job_record job;
    read(value, "agent", job.agent);
    read(value, "name", job.name);
    read(value, "id", job.id);
    read(value, "is_unwanted", job.is_unwanted);
    read(value, "submit_host", job.submit_host);
    auto const queue = value.at("queue").get<std::string>();
    for (auto const& [name, launcher] : config::launcher_names)
        if (name == queue) job.queue = launcher;
    return job;
}

} // namespace

json to_json(intent const& i) {
    return {
        {"schema", intent_schema},
        {"up", i.up},
        {"started_by_up", i.started_by_up},
        {"context", {{"environment", i.context.environment}, {"cwd", i.context.cwd}}},
        {"flags",
         {{"workers", or_null(i.flags.workers)},
          {"threads", or_null(i.flags.threads)},
          {"memory", or_null(i.flags.memory)}}},
        {"pools", i.pools},
        {"scaled", i.scaled},
        {"adapt", write(i.adapt)},
        {"adapted", i.adapted},
        {"stopped_workers", i.stopped_workers},
        {"scheduler_stopped", i.scheduler_stopped},
        {"jobs", write(i.jobs)},
        {"scheduler_port", or_null(i.scheduler_port)},
        {"dashboard_port", or_null(i.dashboard_port)},
        {"ports", write(i.ports)},
        {"host", i.owner.hostname},
        {"boot_id", i.owner.boot_id},
        {"revision", i.revision},
        {"next_seq", i.next_seq},
        {"next_incarnation", i.next_incarnation},
    };
}

result<intent> intent_from_json(json const& value) {
    try {
        if (auto const schema = value.at("schema").get<int>(); schema > intent_schema)
            return error{errc::bad_configuration,
                         "written by a newer daskd (schema " + std::to_string(schema) +
                             ", this one reads up to " + std::to_string(intent_schema) + ")",
                         "use that daskd, or remove the file: the cluster's wishes are forgotten then"};
        intent i;
        read(value, "up", i.up);
        read(value, "started_by_up", i.started_by_up);
        if (auto it = value.find("context"); it != value.end()) {
            read(*it, "environment", i.context.environment);
            read(*it, "cwd", i.context.cwd);
        }
        if (auto it = value.find("flags"); it != value.end()) {
            read(*it, "workers", i.flags.workers);
            read(*it, "threads", i.flags.threads);
            read(*it, "memory", i.flags.memory);
        }
        read(value, "pools", i.pools);
        read(value, "scaled", i.scaled);
        if (auto it = value.find("adapt"); it != value.end())
            for (auto const& [pool, settings] : it->items())
                i.adapt[pool] = read_adapt(settings);
        read(value, "adapted", i.adapted);
        read(value, "stopped_workers", i.stopped_workers);
        read(value, "scheduler_stopped", i.scheduler_stopped);
        if (auto it = value.find("jobs"); it != value.end())
            for (auto const& job : *it)
                i.jobs.push_back(read_job(job));
        read(value, "scheduler_port", i.scheduler_port);
        read(value, "dashboard_port", i.dashboard_port);
        if (auto it = value.find("ports"); it != value.end())
            for (auto const& [owner, block] : it->items())
                i.ports[owner] = read_block(block);
        read(value, "host", i.owner.hostname);
        read(value, "boot_id", i.owner.boot_id);
        read(value, "revision", i.revision);
        read(value, "next_seq", i.next_seq);
        read(value, "next_incarnation", i.next_incarnation);
        return i;
    } catch (json::exception const& failure) {
        return error{errc::failed, failure.what(), ""};
    }
}

} // namespace daskd::state
