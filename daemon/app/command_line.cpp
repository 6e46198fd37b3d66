#include "daemon/app/command_line.hpp"

#include "common/names.hpp"
#include "common/version.hpp"

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace daskd::app {
namespace {

std::vector<std::string> words_of(CLI::App const& node) {
    std::vector<std::string> words;
    for (auto const* child : node.get_subcommands([](CLI::App const*) { return true; }))
        words.push_back(child->get_name());
    for (auto const* option : node.get_options())
        for (auto const& name : option->get_lnames())
            words.push_back("--" + name);
    return words;
}

error to_error(CLI::App& parser, CLI::ParseError const& e) {
    constexpr auto help = "see: daskd --help; people use daskctl";
    auto const rest = parser.remaining(true);
    if (rest.empty()) return {errc::usage, e.what(), help};
    auto* node = &parser;
    while (!node->get_subcommands().empty())
        node = node->get_subcommands().back();
    auto const word = rest.front().substr(0, rest.front().find('='));
    return {errc::usage, "'" + word + "' is not understood", did_you_mean_or(word, words_of(*node), help)};
}

} // namespace

command_line::command_line()
    : parser("Keeps a Dask cluster alive: the daemon. Users talk to it by daskctl.", "daskd") {
    parser.set_version_flag("--version", std::string("daskd ") + version);
    parser
        .add_option("--cluster", run.cluster, "Name of the cluster (default: $DASKD_CLUSTER, else 'default')")
        ->type_name("NAME");
    parser
        .add_option_function<std::string>(
            "--config",
            [this](std::string const& file) { run.config_file = std::filesystem::absolute(file); },
            "A configuration file beyond those that Dask reads")
        ->check(CLI::ExistingFile)
        ->type_name("FILE");
    parser.add_flag("--background", run.in_background,
                    "Go to the background; return once the control socket answers");
    auto* config = parser.add_subcommand("config", "Look at the configuration without a daemon");
    config
        ->add_option("what", config_verb,
                     "check, show, example (a file with all keys) or schema (JSON Schema)")
        ->required()
        ->check(CLI::IsMember({"check", "show", "example", "schema"}))
        ->type_name("WHAT");
    config->fallthrough();
    auto* job_script = parser.add_subcommand("job-script", "Print the script of a pool's job in a queue");
    job_script->add_option("pool", job_pool, "A pool in a job queue")->required()->type_name("POOL");
    job_script->fallthrough();
    parser.add_subcommand("doctor", "Print what is wrong with this machine, as JSON")
        ->callback([this] { wants_doctor = true; })
        ->fallthrough();
}

result<void> parse(command_line& into, int argc, char const* const* argv) {
    try {
        into.parser.parse(argc, argv);
    } catch (CLI::CallForHelp const&) {
        into.text = into.parser.help();
    } catch (CLI::CallForVersion const& e) {
        into.text = std::string(e.what()) + "\n";
    } catch (CLI::ParseError const& e) {
        return to_error(into.parser, e);
    }
    return {};
}

} // namespace daskd::app
