#include "daemon/scheduler_link/message.hpp"

#include "common/durations.hpp"

namespace daskd::scheduler_link {
namespace {

using namespace core::happened;

snapshot read_snapshot(json const& v) {
    snapshot s;
    s.pid = v.at("pid").get<int>();
    s.address = v.at("address").get<std::string>();
    if (auto const it = v.find("dashboard"); it != v.end() && it->is_string())
        s.dashboard = it->get<std::string>();
    s.python = v.value("python", "");
    s.distributed = v.value("distributed", "");
    s.identity = v.value("identity", json::object());
    for (auto const& w : v.at("workers"))
        s.workers[w.at("name").get<std::string>()] = w.at("address").get<std::string>();
    return s;
}

task_counts read_tasks(json const& v) {
    return {v.value("waiting", std::uint64_t{0}), v.value("processing", std::uint64_t{0}),
            v.value("memory", std::uint64_t{0}), v.value("erred", std::uint64_t{0}),
            v.value("released", std::uint64_t{0})};
}

scheduler_closing read_closing(json const& v) {
    scheduler_closing c{v.value("by", "unknown")};
    if (auto const it = v.find("idle_s"); it != v.end() && it->is_number()) c.idle_s = it->get<double>();
    return c;
}

reply read_reply(json const& v) {
    reply r;
    r.id = v.at("id").get<std::uint64_t>();
    if (auto const it = v.find("error"); it != v.end() && it->is_string()) r.error = it->get<std::string>();
    r.result = v.value("result", json());
    return r;
}

statistics read_figures(json const& v) {
    statistics s;
    s.tasks = read_tasks(v.at("tasks"));
    for (auto const& [address, w] : v.at("workers").items())
        s.workers[address] = {w.value("memory_bytes", std::uint64_t{0}), w.value("cpu_percent", 0.0),
                              w.value("executing", 0)};
    return s;
}

result<message> read_known(json const& v) {
    auto const event = v.at("event").get<std::string>();
    if (event == "snapshot") return message{read_snapshot(v)};
    if (event == "worker_added")
        return message{
            worker_registered{v.at("name").get<std::string>(), v.at("address").get<std::string>()}};
    if (event == "worker_removed")
        return message{
            worker_unregistered{v.at("name").get<std::string>(), v.at("address").get<std::string>(),
                                v.value("lost_tasks", std::uint64_t{0}), v.value("timed_out", false),
                                v.value("tasks", std::vector<std::string>{})}};
    if (event == "worker_silent")
        return message{worker_silent{v.at("name").get<std::string>(), v.at("address").get<std::string>(),
                                     from_seconds(v.at("silence_s").get<double>())}};
    if (event == "client_restart") return message{client_restart{}};
    if (event == "closing") return message{read_closing(v)};
    if (event == "statistics") return message{read_figures(v)};
    if (event == "tasks") return message{tasks_counted{read_tasks(v.at("tasks"))}};
    if (event == "reporter")
        return message{reporter{v.at("job").get<std::string>(), v.at("is_there").get<bool>()}};
    if (event == "relayed") return message{relayed{v.at("job").get<std::string>(), v.at("message")}};
    if (event == "relay_closed") return message{relay_closed{v.at("job").get<std::string>()}};
    if (event == "reply") return message{read_reply(v)};
    return error{errc::failed, "unknown event '" + event + "' from the scheduler", ""};
}

} // namespace

result<message> read_message(json const& v) {
    try {
        return read_known(v);
    } catch (json::exception const& e) {
        return error{errc::failed, std::string("the scheduler's message is not understood: ") + e.what(), ""};
    }
}

result<core::demand> read_demand(json const& v) {
    try {
        return core::demand{v.at("target").get<int>(), v.at("idle").get<std::vector<std::string>>(),
                            v.at("busy").get<std::vector<std::string>>()};
    } catch (json::exception const& e) {
        return error{errc::failed, std::string("the scheduler's demand is not understood: ") + e.what(), ""};
    }
}

result<statistics> read_statistics(json const& v) {
    try {
        return read_figures(v);
    } catch (json::exception const& e) {
        return error{errc::failed, std::string("the scheduler's statistics are not understood: ") + e.what(),
                     ""};
    }
}

} // namespace daskd::scheduler_link
