#include "ctl/command_line.hpp"

#include "common/names.hpp"
#include "ctl/grammar.hpp"

#include <CLI/Formatter.hpp>

#include <algorithm>

namespace daskd::ctl {
namespace {

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
    return {errc::usage, std::move(what),
            did_you_mean_or(word.substr(0, word.find('=')), names, "see: " + where + " --help")};
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
        if (child == nullptr)
            return error{errc::usage, "unknown verb '" + word + "'",
                         did_you_mean_or(word, verb_names(*node), "see: daskctl help")};
        node = child;
    }
    return help_of(*node);
}

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
