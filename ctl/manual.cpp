#include "ctl/manual.hpp"

#include "common/exit_code.hpp"
#include "common/manual/options.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/grammar.hpp"

#include <array>
#include <string_view>

namespace daskd::ctl {
namespace {

using manual::bold;
using manual::italic;
using manual::page;
using manual::plain;

/// "Example: daskctl down" as it stands in the help.
std::string example_of(CLI::App const& node) {
    constexpr std::string_view heading = "Example: ";
    auto footer = node.get_footer();
    return footer.starts_with(heading) ? footer.substr(heading.size()) : footer;
}

void add_verb(page& to, CLI::App const& node, std::string const& name) {
    to.subsection(manual::usage_of(node, name));
    to.paragraph(node.get_description() + ".");
    manual::add_options(to, node);
    if (auto const example = example_of(node); !example.empty()) to.code(example);
}

/// The verbs of one heading of the help; those of a family one by one.
void add_group(page& to, CLI::App const& app, std::string const& group) {
    to.section(group);
    for (auto const* node : app.get_subcommands([&](CLI::App const* n) { return n->get_group() == group; })) {
        auto const children = node->get_subcommands([](CLI::App const*) { return true; });
        if (children.empty()) add_verb(to, *node, node->get_name());
        for (auto const* child : children)
            add_verb(to, *child, node->get_name() + " " + child->get_name());
    }
}

void add_groups(page& to, CLI::App const& app) {
    std::vector<std::string> groups;
    for (auto const* node : app.get_subcommands([](CLI::App const*) { return true; }))
        if (groups.empty() || groups.back() != node->get_group()) groups.push_back(node->get_group());
    for (auto const& group : groups)
        add_group(to, app, group);
}

void add_exit_codes(page& to) {
    to.section("EXIT STATUS");
    for (int code = 0; code <= static_cast<int>(exit_code::degraded); ++code)
        to.entry(bold(std::to_string(code)), describe(static_cast<exit_code>(code)));
}

void add_environment(page& to) {
    to.section("ENVIRONMENT");
    constexpr std::array<std::pair<char const*, char const*>, 6> variables{{
        {"DASKD_CLUSTER", "Which cluster, where `--cluster` does not say it."},
        {"DASKD_RUNTIME_DIR", "The directory of sockets and locks. It must be your own, with mode 0700."},
        {"DASKD_STATE_DIR", "The directory of state, events and logs. It must be your own, with mode 0700."},
        {"DASKD_BINARY", "The daskd to start; otherwise the one beside daskctl, else the first in PATH."},
        {"VIRTUAL_ENV, CONDA_PREFIX, PATH, DASK_*",
         "`up` passes them on: they say which Python, and how Dask is configured."},
        {"NO_COLOR", "Set to anything: no colours."},
    }};
    for (auto const& [name, text] : variables)
        to.entry(bold(name), text);
}

void add_files(page& to) {
    to.section("FILES");
    to.entry(plain("~/.config/dask/daskd.yaml"), "Configuration: daskd.yaml(5).");
    to.entry(plain("/tmp/daskd-") + italic("UID") + plain("/") + italic("CLUSTER"),
             "Sockets and locks; `control.sock` takes JSON-RPC 2.0, one text a line.");
    to.entry(plain("~/.local/state/daskd/") + italic("CLUSTER"),
             "State, events, `logs`, and Dask's `scheduler.json` while the scheduler is up.");
}

} // namespace

std::string manual_page(std::string const& date) {
    grammar const g;
    page p("daskctl", 1, date, "command a Dask cluster that daskd keeps alive");
    p.section("SYNOPSIS");
    p.line(bold("daskctl") + " [" + italic("OPTION") + " ...] " + italic("VERB") + " [" + italic("ARGUMENT") +
           " ...]");
    p.section("DESCRIPTION");
    p.paragraph(
        "daskd(8) owns one Dask scheduler and its workers: on this machine, on others that are reached by "
        "SSH. `daskctl` says what should be: `daskctl up` starts daskd and the cluster, `daskctl down` ends "
        "both. It needs no configuration, no root and no systemd.");
    p.paragraph("Verbs that change something return when it has really happened. `--no-wait` does not wait, "
                "`--timeout` gives up waiting; neither a time-out nor Ctrl-C undoes anything. Where a verb "
                "takes names, globs such as 'local-*' (quoted) match several. Data goes to the standard "
                "output, messages to the standard error.");
    p.section("OPTIONS OF EVERY VERB");
    manual::add_options(p, g.app);
    add_groups(p, g.app);
    add_exit_codes(p);
    add_environment(p);
    add_files(p);
    p.section("SEE ALSO");
    p.paragraph("daskd(8), daskd.yaml(5), dask(1), systemctl(1)");
    return p.text();
}

} // namespace daskd::ctl
