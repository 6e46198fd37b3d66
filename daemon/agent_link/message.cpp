#include "daemon/agent_link/message.hpp"

#include "common/durations.hpp"

namespace daskd::agent_link {
namespace {

std::optional<std::string> optional_text(json const& v, char const* key) {
    auto const it = v.find(key);
    if (it == v.end() || !it->is_string()) return std::nullopt;
    return it->get<std::string>();
}

std::string text(json const& v, char const* key) {
    return optional_text(v, key).value_or("");
}

core::launch_id read_launch(json const& v) {
    return {v.at("name").get<std::string>(), v.at("incarnation").get<std::uint64_t>()};
}

core::process_ref read_process(json const& v) {
    return {v.at("pid").get<int>(), v.at("start_time").get<std::uint64_t>()};
}

exited read_exited(json const& v) {
    exited e;
    e.seq = v.at("seq").get<std::uint64_t>();
    e.launch = read_launch(v);
    e.status.at = text(v, "at");
    e.status.signal = optional_text(v, "signal");
    if (auto const it = v.find("code"); it != v.end() && it->is_number_integer())
        e.status.code = it->get<int>();
    if (auto const it = v.find("log_tail"); it != v.end())
        e.status.log_tail = it->get<std::vector<std::string>>();
    if (auto const it = v.find("memory"); it != v.end() && it->is_object())
        e.status.memory = {it->at("used_bytes").get<std::uint64_t>(),
                           it->at("limit_bytes").get<std::uint64_t>()};
    if (auto const it = v.find("told"); it != v.end() && it->is_object())
        e.status.told = {text(*it, "asked"), text(*it, "reason")};
    return e;
}

core::happened::examined read_examined(json const& v) {
    auto const state = v.at("state").get<std::string>();
    return {read_launch(v), state.empty() ? '?' : state.front(), from_seconds(v.at("cpu_s").get<double>())};
}

json write(std::optional<core::memory_guard> const& memory) {
    if (!memory) return nullptr;
    return {{"limit_bytes", memory->limit_bytes},
            {"terminate_bytes", memory->terminate_bytes},
            {"interval_s", std::chrono::duration<double>(memory->interval).count()}};
}

agent_facts read_facts(json const& v) {
    agent_facts f;
    f.pid = v.at("pid").get<int>();
    f.host = text(v, "host");
    f.boot_id = text(v, "boot_id");
    f.cores = v.value("cores", 0);
    f.memory_bytes = v.value("memory_bytes", std::uint64_t{0});
    f.executable = text(v, "executable");
    f.python = text(v, "python");
    f.distributed = text(v, "distributed");
    if (auto const it = v.find("versions"); it != v.end())
        f.versions = it->get<std::map<std::string, std::string>>();
    f.has_dashboard = v.value("has_dashboard", false);
    f.spawn = text(v, "spawn") == "exec" ? config::spawn_mode::exec : config::spawn_mode::fork;
    f.spawn_reason = text(v, "spawn_reason");
    if (auto const it = v.find("skipped"); it != v.end())
        for (auto const& [module, why] : it->items())
            f.skipped.push_back(module + ": " + why.get<std::string>());
    return f;
}

hello read_hello(json const& v, std::string renewed) {
    hello h;
    h.facts = read_facts(v);
    h.protocol = v.value("protocol", lowest_protocol);
    h.renewed = std::move(renewed);
    for (auto const& p : v.at("processes"))
        h.processes.push_back(
            {read_launch(p), read_process(p), p.value("age_s", 0.0), text(p, "memory_enforced_by")});
    if (auto const it = v.find("exits"); it != v.end())
        for (auto const& e : *it)
            h.exits.push_back(read_exited(e));
    return h;
}

json launch_fields(core::launch_id const& launch) {
    return {{"name", launch.name}, {"incarnation", launch.incarnation}};
}

} // namespace

result<message> read_message(json const& v) {
    try {
        auto const event = v.at("event").get<std::string>();
        if (event == "hello") return message{read_hello(v, "")};
        if (event == "renewed") return message{read_hello(v, v.value("reason", "asked to"))};
        if (event == "spawned")
            return message{spawned{read_launch(v), read_process(v), text(v, "memory_enforced_by")}};
        if (event == "spawn_failed") return message{spawn_failed{read_launch(v), text(v, "text")}};
        if (event == "examined") return message{read_examined(v)};
        if (event == "exited") return message{read_exited(v)};
        if (event == "ending") return message{job_ending{text(v, "text"), v.value("at_once", false)}};
        if (event == "pong") return message{pong{}};
        if (event == "fatal") return message{fatal{text(v, "text"), text(v, "hint")}};
        if (event == "refused")
            return message{refused{v.at("protocol").at(0).get<int>(), v.at("protocol").at(1).get<int>()}};
        if (event == "ports_taken") return message{ports_taken{v.at("ports").get<std::vector<int>>()}};
        if (event == "log")
            return message{log_lines{v.at("id").get<std::uint64_t>(),
                                     v.at("lines").get<std::vector<std::string>>(),
                                     v.at("offset").get<std::uint64_t>()}};
        if (event == "error") return message{complaint{text(v, "text")}};
        return message{complaint{"unknown event '" + event + "'"}}; // a newer agent's news
    } catch (json::exception const& e) {
        return error{errc::failed, std::string("the host agent's message is not understood: ") + e.what(),
                     ""};
    }
}

json hello_op(std::optional<revival> const& revive, std::chrono::milliseconds orphan_timeout,
              std::optional<std::string> const& scheduler_link) {
    json op = {{"op", "hello"},
               {"protocol", {lowest_protocol, highest_protocol}},
               {"revive", nullptr},
               {"orphan_timeout_s", std::chrono::duration<double>(orphan_timeout).count()},
               {"scheduler_link", scheduler_link ? json(*scheduler_link) : json()}};
    if (revive) op["revive"] = {{"argv", revive->argv}, {"env", revive->env}, {"cwd", revive->cwd}};
    return op;
}

json spawn_op(spawn_request const& r) {
    json op = launch_fields(r.launch);
    op["op"] = "spawn";
    op["role"] = r.role;
    op["mode"] = r.process.spawn == config::spawn_mode::exec ? "exec" : "fork";
    op["args"] = r.args;
    op["env"] = r.process.env;
    op["cwd"] = r.process.cwd;
    op["nice"] = r.process.nice;
    op["standby"] = r.standby;
    op["memory"] = write(r.memory);
    op["log"] = r.process.log;
    op["log_size"] = r.log_size_bytes;
    op["dask_config"] = r.dask.is_object() ? r.dask : json::object();
    if (!r.files.empty()) op["files"] = r.files;
    op["scheduler_link"] = r.scheduler_link ? json(*r.scheduler_link) : json();
    if (r.job_link) op["job_link"] = *r.job_link;
    if (r.ports) op["ports"] = {{"worker", r.ports->worker}, {"nanny", r.ports->nanny}};
    op["meta"] = nullptr;
    return op;
}

json signal_op(core::launch_id const& launch, int signal, bool whole_tree) {
    json op = launch_fields(launch);
    op["op"] = "signal";
    op["signal"] = signal;
    op["tree"] = whole_tree;
    return op;
}

json examine_op(core::launch_id const& launch) {
    json op = launch_fields(launch);
    op["op"] = "examine";
    return op;
}

json log_op(std::uint64_t id, std::string const& log, std::size_t lines, bool follow,
            std::optional<std::uint64_t> offset) {
    json op = {{"op", "log"}, {"id", id}, {"log", log}, {"lines", lines}, {"follow", follow}};
    if (offset) op["offset"] = *offset;
    return op;
}

json end_log_op(std::uint64_t id) {
    return {{"op", "end_log"}, {"id", id}};
}

json ack_op(std::uint64_t seq) {
    return {{"op", "ack"}, {"seq", seq}};
}

json ping_op() {
    return {{"op", "ping"}};
}

json renew_op(std::string const& reason) {
    return {{"op", "renew"}, {"reason", reason}};
}

json listen_op() {
    return {{"op", "listen"}};
}

json goodbye_op() {
    return {{"op", "goodbye"}};
}

json shutdown_op() {
    return {{"op", "shutdown"}};
}

} // namespace daskd::agent_link
