// Lets the integration tests speak through daskd's dialects: one request as JSON on stdin, its answer on
// stdout.
//   queue_dialect slurm <<< '{"do": "list", "user": "me"}'                          the command to run
//   queue_dialect slurm <<< '{"do": "read_list", "exit_code": 0, "out": "…", "err": ""}'   what it means

#include "common/json.hpp"
#include "daemon/queue/dialect.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>

namespace {

using namespace daskd;

json to_json(queue::command const& c) {
    return {{"argv", c.argv}, {"input", c.input}};
}

template <class E>
json name_in(std::vector<char const*> const& names, E value) {
    return names.at(static_cast<std::size_t>(value));
}

json to_json(queue::job_end const& end) {
    json j{{"cause", name_in({"exit", "signal", "walltime", "memory", "cancelled", "preempted",
                              "node_failure", "not_started", "unknown"},
                             end.cause)},
           {"text", end.text}};
    if (end.code) j["code"] = *end.code;
    if (end.signal) j["signal"] = *end.signal;
    return j;
}

json to_json(queue::job_status const& job) {
    json j{{"id", job.id},
           {"name", job.name},
           {"state", name_in({"pending", "impossible", "held", "starting", "running", "suspended",
                              "completing", "ended", "unknown"},
                             job.state)},
           {"word", job.word},
           {"reason", job.reason},
           {"node", job.node},
           {"was_requeued", job.was_requeued}};
    if (job.end) j["end"] = to_json(*job.end);
    return j;
}

json to_json(std::string const& text) {
    return text;
}

json to_json(std::vector<queue::job_status> const& jobs) {
    auto list = json::array();
    for (auto const& job : jobs)
        list.push_back(to_json(job));
    return list;
}

template <class T>
json answer(result<T> const& r) {
    if (!r) return {{"error", r.error().what}};
    return {{"result", to_json(*r)}};
}

json answer(queue::dialect const& d, json const& request) {
    auto const what = request.at("do").get<std::string>();
    auto const text = [&](char const* key) { return request.value(key, std::string()); };
    queue::command_output const output{request.value("exit_code", 0), text("out"), text("err")};
    if (what == "submit") return to_json(d.submit(text("script")));
    if (what == "cancel") return to_json(queue::cancel(d, request.at("ids").get<std::vector<std::string>>()));
    if (what == "list") return to_json(d.list(text("user")));
    if (what == "ask_end") return to_json(d.ask_end(text("id")));
    if (what == "ask_reason") return to_json(d.ask_reason(text("id")));
    if (what == "read_submitted") return answer(d.read_submitted(output));
    if (what == "read_list") return answer(d.read_list(output));
    if (what == "read_end") return answer(d.read_end(output));
    if (what == "read_reason") return answer(d.read_reason(output));
    throw std::runtime_error("cannot do '" + what + "'");
}

} // namespace

int main(int argc, char** argv) {
    try {
        std::string const name = argc > 1 ? argv[1] : "";
        auto const known = std::ranges::find(config::launcher_names, name,
                                             &std::pair<std::string_view, config::launcher_kind>::first);
        if (known == config::launcher_names.end()) throw std::runtime_error("no queue '" + name + "'");
        auto const request = json::parse(std::string(std::istreambuf_iterator(std::cin), {}));
        std::cout << answer(queue::dialect_of(known->second), request).dump() << "\n";
        return 0;
    } catch (std::exception const& e) {
        std::cerr << "queue_dialect: " << e.what() << "\n";
        return 1;
    }
}
