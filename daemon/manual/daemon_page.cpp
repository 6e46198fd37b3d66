#include "common/manual/options.hpp"
#include "daemon/app/command_line.hpp"
#include "daemon/manual/pages.hpp"

#include <array>

namespace daskd::manual {
namespace {

void add_signals(page& to) {
    to.section("SIGNALS");
    to.entry(bold("SIGTERM") + ", " + bold("SIGINT"),
             "Stops the cluster and ends. That it was up stays recorded: the next start restores it.");
    to.entry(bold("SIGHUP"), "As `daskctl reload`.");
    to.entry(bold("SIGKILL"),
             "Harms no scheduler and no worker: they live on, and the next daskd takes them over.");
}

void add_environment(page& to) {
    to.section("ENVIRONMENT");
    constexpr std::array<std::pair<char const*, char const*>, 4> variables{{
        {"DASKD_CLUSTER", "Which cluster, where `--cluster` does not say it."},
        {"DASKD_RUNTIME_DIR", "The directory of sockets and locks; otherwise /tmp/daskd-UID/CLUSTER."},
        {"DASKD_STATE_DIR",
         "The directory of state, events and logs; otherwise ~/.local/state/daskd/CLUSTER."},
        {"NOTIFY_SOCKET, LISTEN_FDS, WATCHDOG_USEC",
         "Of systemd's: readiness, socket activation and watchdog."},
    }};
    for (auto const& [name, text] : variables)
        to.entry(bold(name), text);
}

} // namespace

std::string daemon_page(std::string const& date) {
    app::command_line const line;
    page p("daskd", 8, date, "keeps a Dask cluster alive");
    p.section("SYNOPSIS");
    p.line(usage_of(line.parser, "daskd"));
    p.section("DESCRIPTION");
    p.paragraph("`daskd` owns one Dask scheduler and its workers, watches them, and replaces what dies. "
                "People do not call "
                "it: `daskctl up` starts it, or systemd does (`daskctl daemon install`). One daskd owns one "
                "named cluster "
                "of one user.");
    p.paragraph("Scheduler and workers are forked from host agents, which are Python programs that daskd "
                "carries inside. They "
                "outlive daskd, which takes them over when it starts again.");
    p.section("OPTIONS");
    add_options(p, line.parser);
    p.section("COMMANDS");
    p.paragraph("Without a daemon, and for daskctl, which has verbs of the same names:");
    for (auto const* node : line.parser.get_subcommands([](CLI::App const*) { return true; }))
        p.entry(usage_of(*node, node->get_name()), node->get_description());
    add_signals(p);
    add_environment(p);
    p.section("SEE ALSO");
    p.paragraph("daskctl(1), daskd.yaml(5), dask(1), systemd.service(5)");
    return p.text();
}

} // namespace daskd::manual
