#include "ctl/grammar.hpp"

#include "common/version.hpp"
#include "ctl/commands/verbs.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <map>

namespace daskd::ctl {
namespace {

void declare_global_options(CLI::App& app, global_options& options) {
    static std::map<std::string, color_mode> const modes{
        {"auto", color_mode::automatic}, {"never", color_mode::never}, {"always", color_mode::always}};
    app.fallthrough(); // global options may follow the verb
    app.add_option("--cluster", options.cluster, "Which cluster (default: $DASKD_CLUSTER, else 'default')")
        ->type_name("NAME");
    app.add_option_function<std::string>(
           "--color", [&options](std::string const& mode) { options.color = modes.at(mode); },
           "auto, never or always (default: auto; NO_COLOR is honoured)")
        ->check(CLI::IsMember({"auto", "never", "always"}))
        ->type_name("WHEN");
    app.add_flag("--json", options.wants_json, "Print one JSON object instead of text");
    app.set_version_flag("--version", std::string("daskctl ") + version);
}

/// The node of "config check" is below that of "config", which is made when it is first needed.
CLI::App* add_node(CLI::App& app, verb_entry const& entry) {
    std::string const name = entry.name;
    auto const space = name.find(' ');
    if (space == std::string::npos) return app.add_subcommand(name, entry.summary)->group(entry.group);
    auto const family = name.substr(0, space);
    auto* parent = find_child(app, family);
    if (parent == nullptr) parent = app.add_subcommand(family, family_summary(family))->group(entry.group);
    parent->require_subcommand(1);
    return parent->add_subcommand(name.substr(space + 1), entry.summary);
}

std::vector<declared_verb> declare_verbs(CLI::App& app) {
    std::vector<declared_verb> all;
    for (auto const& entry : verbs()) {
        auto* node = add_node(app, entry);
        node->footer(std::string("Example: ") + entry.example);
        all.push_back({node, entry.make()});
        all.back().what->declare(*node);
    }
    return all;
}

} // namespace

CLI::App* find_child(CLI::App& parent, std::string const& name) {
    auto const named = parent.get_subcommands([&name](CLI::App* child) { return child->get_name() == name; });
    return named.empty() ? nullptr : named.front();
}

grammar::grammar() {
    app.get_formatter()->column_width(34);
    declare_global_options(app, options);
    app.require_subcommand(1);
    verbs = declare_verbs(app);
    help = app.add_subcommand("help", "Explains a verb")->group("daskctl");
    help->add_option("verb", help_words, "The verb; none: all of them")->type_name("VERB");
}

} // namespace daskd::ctl
