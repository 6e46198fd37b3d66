#include "daemon/config/on_event_key.hpp"

namespace daskd::config {
namespace {

std::optional<std::string> complaint_about_kind(std::string const& kind) {
    auto const& known = event_names();
    if (std::ranges::any_of(known, [&](auto const& name) { return glob_matches(kind, name); }))
        return std::nullopt;
    if (is_glob(kind)) return "'" + kind + "' matches no kind of event";
    auto const meant = did_you_mean(kind, known);
    return "there is no event '" + kind + "'" +
           (meant ? "; did you mean '" + *meant + "'?" : ", but such as worker.failed or cluster.degraded");
}

codec<std::vector<std::string>> some_texts(text_check complaint = {}) {
    auto any = texts(std::move(complaint));
    return {[read = any.read](node const& value, reading const& at) {
                auto list = read(value, at);
                if (list && list->empty()) at.fail(value.at, "must not be empty");
                return list;
            },
            any.write};
}

table<event_hook> const& hook_keys() {
    static table<event_hook> const keys{
        setting("kinds", &event_hook::kinds, some_texts(complaint_about_kind), "",
                "of events, such as worker.failed, cluster.degraded, cluster.notice; globs too"),
        setting("command", &event_hook::command, some_texts(), "",
                "what is run, each word an item; the event is on its standard input, as JSON"),
    };
    return keys;
}

std::optional<std::vector<event_hook>> read_hooks(node const& value, reading const& at) {
    static auto const hook = all_of(hook_keys());
    std::vector<event_hook> hooks;
    if (value.is_null()) return hooks;
    if (value.is != node::kind::list) {
        at.mismatch(value, "a list of {kinds, command}");
        return std::nullopt;
    }
    for (auto const& item : value.items) {
        auto one = hook.read(item, at);
        if (!one) return std::nullopt;
        hooks.push_back(*std::move(one));
    }
    return hooks;
}

ordered_json write_hooks(std::vector<event_hook> const& hooks) {
    auto list = ordered_json::array();
    for (auto const& hook : hooks)
        list.push_back(write_keys(hook_keys(), hook));
    return list;
}

} // namespace

codec<std::vector<event_hook>> event_hooks() {
    return {read_hooks, write_hooks};
}

std::vector<std::string> const& event_names() {
    static std::vector<std::string> const names = [] {
        std::vector<std::string> all{"cluster.notice", "pool.scaled"};
        auto const add = [&](std::string const& subject, std::vector<std::string> const& states) {
            for (auto const& state : states)
                all.push_back(subject + "." + state);
        };
        for (auto const* process : {"worker", "scheduler"})
            add(process, {"state", "stopped", "pending", "starting", "running", "stopping", "backoff",
                          "failed", "unreachable"});
        add("cluster", {"state", "down", "starting", "running", "degraded", "stopping", "failed"});
        add("agent", {"state", "starting", "ready", "silent", "gone", "backoff", "failed", "unreachable"});
        return all;
    }();
    return names;
}

} // namespace daskd::config
