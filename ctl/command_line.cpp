#include "ctl/command_line.hpp"

#include "common/names.hpp"
#include "common/version.hpp"
#include "ctl/commands/verbs.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <map>

namespace daskd::ctl {
namespace {

/// A verb beside the parser's node for it.
struct declared_verb {
    CLI::App* node;
    std::unique_ptr<verb> what;
};

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

/// The node below `parent` of that name, or null.
CLI::App* find_child(CLI::App& parent, std::string const& name) {
    auto const named = parent.get_subcommands([&name](CLI::App* child) { return child->get_name() == name; });
    return named.empty() ? nullptr : named.front();
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

/// The node that the words so far have led to.
CLI::App* deepest(CLI::App& app) {
    auto* node = &app;
    while (!node->get_subcommands().empty())
        node = node->get_subcommands().back();
    return node;
}

/// "daskctl config check"
std::string full_name(CLI::App const& node) {
    auto const* parent = node.get_parent();
    return parent == nullptr ? node.get_name() : full_name(*parent) + " " + node.get_name();
}

/// App::help() would show the deepest verb that was given, which for `help VERB` is `help`.
std::string help_of(CLI::App const& node) {
    return node.get_formatter()->make_help(&node, full_name(node), CLI::AppFormatMode::Normal);
}

std::vector<std::string> verb_names(CLI::App& node) {
    std::vector<std::string> names;
    for (auto const* child : node.get_subcommands(nullptr))
        names.push_back(child->get_name());
    return names;
}

std::vector<std::string> option_names(CLI::App& node) {
    std::vector<std::string> names;
    for (auto* n = &node; n != nullptr; n = n->get_parent()) {
        for (auto const* option : n->get_options())
            for (auto const& name : option->get_lnames())
                names.push_back("--" + name);
    }
    return names;
}

error unknown_word(CLI::App& app, std::string const& word) {
    auto* node = deepest(app);
    auto const where = full_name(*node);
    bool const is_option = word.starts_with('-');
    auto const names = is_option ? option_names(*node) : verb_names(*node);
    auto what = is_option       ? "unknown option '" + word.substr(0, word.find('=')) + "'"
                : names.empty() ? "'" + where + "' takes no argument '" + word + "'"
                                : "unknown verb '" + word + "'";
    auto const meant = did_you_mean(word.substr(0, word.find('=')), names);
    return {errc::usage, std::move(what),
            meant ? "did you mean '" + *meant + "'?" : "see: " + where + " --help"};
}

error to_error(CLI::App& app, CLI::ParseError const& e) {
    if (auto const rest = app.remaining(true); !rest.empty()) return unknown_word(app, rest.front());
    auto* node = deepest(app);
    auto const where = full_name(*node);
    bool const lacks_verb = !verb_names(*node).empty();
    return {errc::usage, lacks_verb ? "'" + where + "' needs a verb" : e.what(), "see: " + where + " --help"};
}

/// `help VERB…`: the help of the node that the words name.
result<std::string> help_text(CLI::App& app, std::vector<std::string> const& words) {
    auto* node = &app;
    for (auto const& word : words) {
        auto* child = find_child(*node, word);
        if (child == nullptr) {
            auto const meant = did_you_mean(word, verb_names(*node));
            return error{errc::usage, "unknown verb '" + word + "'",
                         meant ? "did you mean '" + *meant + "'?" : "see: daskctl help"};
        }
        node = child;
    }
    return help_of(*node);
}

/// What daskctl understands: the parser, and where it writes to.
struct grammar {
    global_options options;
    std::vector<std::string> help_words;
    CLI::App app{"Keeps a Dask cluster alive.", "daskctl"};
    std::vector<declared_verb> verbs;
    CLI::App* help = nullptr;

    grammar() {
        app.get_formatter()->column_width(34);
        declare_global_options(app, options);
        app.require_subcommand(1);
        verbs = declare_verbs(app);
        help = app.add_subcommand("help", "Explains a verb")->group("daskctl");
        help->add_option("verb", help_words, "The verb; none: all of them")->type_name("VERB");
    }
};

} // namespace

result<command_line> parse_command_line(std::vector<std::string> arguments) {
    command_line line;
    grammar g;
    auto const mark = std::ranges::find(arguments, "--");
    if (mark != arguments.end() && std::find(arguments.begin(), mark, "run") != mark)
        arguments.insert(mark, command_mark);
    try {
        std::ranges::reverse(arguments); // as CLI11 takes them
        g.app.parse(std::move(arguments));
    } catch (CLI::CallForHelp const&) {
        line.text = help_of(*deepest(g.app));
        return line;
    } catch (CLI::CallForVersion const& e) {
        line.text = std::string(e.what()) + "\n";
        return line;
    } catch (CLI::ParseError const& e) {
        return to_error(g.app, e);
    }

    if (g.help->parsed()) {
        auto text = help_text(g.app, g.help_words);
        if (!text) return text.error();
        line.text = std::move(*text);
        return line;
    }
    auto const used = std::ranges::find_if(g.verbs, [](auto const& v) { return v.node->parsed(); });
    line.chosen = std::move(used->what);
    line.options = g.options;
    line.is_about_cluster = used->node->get_parent()->get_name() != "config";
    return line;
}

std::vector<std::string> complete_command_line(std::vector<std::string> const& words,
                                               name_source const& names) {
    grammar g;
    return complete(g.app, words, names);
}

} // namespace daskd::ctl
