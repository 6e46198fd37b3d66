#include "ctl/completion.hpp"

#include "ctl/context.hpp"

#include <algorithm>
#include <unistd.h>

namespace daskd::ctl {
namespace {

using strings = std::vector<std::string>;

CLI::App* child_of(CLI::App const& node, std::string const& name) {
    for (auto* child : const_cast<CLI::App&>(node).get_subcommands(nullptr))
        if (child->get_name() == name) return child;
    return nullptr;
}

/// The option of this node, or of one above it, that the word names.
CLI::Option const* option_named(CLI::App const* node, std::string const& word) {
    for (; node != nullptr; node = node->get_parent())
        for (auto const* option : node->get_options())
            if (option->check_name(word)) return option;
    return nullptr;
}

bool takes_value(CLI::Option const* option) {
    return option != nullptr && option->nonpositional() && option->get_items_expected_max() > 0;
}

/// The argument that comes after so many.
CLI::Option const* argument_after(CLI::App const& node, int arguments) {
    for (auto const* option : node.get_options()) {
        if (option->nonpositional()) continue;
        if (arguments < option->get_items_expected_max()) return option;
        arguments -= option->get_items_expected_max();
    }
    return nullptr;
}

strings options_of(CLI::App const* node) {
    strings found;
    for (; node != nullptr; node = node->get_parent())
        for (auto const* option : node->get_options())
            for (auto const& name : option->get_lnames())
                if (std::ranges::find(found, "--" + name) == found.end()) found.push_back("--" + name);
    return found;
}

strings verbs_of(CLI::App const& node) {
    strings found;
    for (auto const* child : const_cast<CLI::App&>(node).get_subcommands(nullptr))
        found.push_back(child->get_name());
    return found;
}

/// What may stand where an option or argument of this kind is wanted.
strings values_of(CLI::App const& node, CLI::Option const& wanted, name_source const& names) {
    auto kind = wanted.get_type_name();
    kind = kind.substr(0, kind.find(':')); // what is checked follows
    if (kind == "FILE") return {complete_files};
    if (kind == "WHEN") return {"auto", "never", "always"};
    if (kind == "SHELL") return {"bash", "zsh", "fish"};
    if (kind == "STATE")
        return {"stopped", "pending", "starting", "running", "stopping", "backoff", "failed", "unreachable"};
    if (kind == "VERB") return verbs_of(*node.get_parent());
    if (kind == "JOB") return names.jobs();
    if (kind == "POOL") return names.pools();
    if (kind == "[POOL=]N") {
        auto pools = names.pools();
        for (auto& pool : pools)
            pool += "=";
        return pools;
    }
    if (kind != "NAME") return {};
    if (wanted.check_lname("cluster")) return names.clusters();
    auto found = names.workers();
    if (node.get_name() == "logs") found.insert(found.begin(), {"scheduler", "daskd", "job-runner"});
    return found;
}

strings all_candidates(CLI::App& app, strings const& words, name_source const& names) {
    auto const& last = words.back();
    CLI::App* node = &app;
    CLI::Option const* pending = nullptr; // the option whose value comes next
    int arguments = 0;
    for (std::size_t n = 0; n + 1 < words.size(); ++n) {
        if (std::exchange(pending, nullptr) != nullptr) continue;
        if (words[n].starts_with("-")) {
            auto const* option = option_named(node, words[n]);
            if (takes_value(option)) pending = option;
        } else if (auto* child = child_of(*node, words[n])) {
            node = child;
        } else {
            ++arguments;
        }
    }
    if (pending != nullptr) return values_of(*node, *pending, names);
    if (last.starts_with("-")) return options_of(node);
    if (auto verbs = verbs_of(*node); !verbs.empty()) return verbs;
    auto const* argument = argument_after(*node, arguments);
    return argument == nullptr ? strings{} : values_of(*node, *argument, names);
}

strings names_in(json const& list) {
    strings names;
    for (auto const& entry : list)
        names.push_back(entry.value("name", ""));
    return names;
}

} // namespace

strings complete(CLI::App& app, strings const& words, name_source const& names) {
    strings const none{""};
    auto found = all_candidates(app, words.empty() ? none : words, names);
    auto const& start = words.empty() ? none.front() : words.back();
    if (found != strings{complete_files})
        std::erase_if(found, [&](std::string const& candidate) { return !candidate.starts_with(start); });
    return found;
}

name_source names_of_cluster(strings const& words) {
    global_options options;
    for (std::size_t n = 0; n + 2 < words.size(); ++n)
        if (words[n] == "--cluster") options.cluster = words[n + 1];
    auto const status = [options](char const* part) -> strings {
        auto const ctx = make_context(options);
        if (!ctx) return {};
        // Not through find_daemon, which may wait: a key press must not.
        auto daemon = client::connect(ctx->paths.control_socket(), ::getuid());
        if (!daemon || !*daemon) return {};
        auto const reply = (*daemon)->call({"cluster.status"});
        return reply ? names_in(reply->value(part, json::array())) : strings{};
    };
    auto const clusters = [options]() -> strings {
        auto const ctx = make_context(options);
        strings names;
        std::error_code ec;
        if (ctx)
            for (auto const& entry :
                 std::filesystem::directory_iterator(ctx->paths.runtime_dir.parent_path(), ec))
                names.push_back(entry.path().filename().string());
        return names;
    };
    // Not asked of daskd, which would start a job runner for it.
    auto const jobs = [options]() -> strings {
        auto const ctx = make_context(options);
        strings names;
        std::error_code ec;
        if (ctx)
            for (auto const& entry : std::filesystem::directory_iterator(ctx->paths.jobs_dir(), ec))
                if (auto name = entry.path().filename().string(); !name.starts_with('.'))
                    names.push_back(std::move(name));
        return names;
    };
    return {[status] { return status("workers"); }, [status] { return status("pools"); }, clusters, jobs};
}

} // namespace daskd::ctl
