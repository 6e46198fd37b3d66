#include "ctl/commands/up_report.hpp"

#include "ctl/render/status.hpp"

namespace daskd::ctl {
namespace {

std::string how_to_connect(std::string const& address) {
    // An address alone does not tell a client which certificates to show and to trust.
    bool const needs_files = address.starts_with("tls://");
    return needs_files ? "\nConnect with  eval \"$(daskctl env)\"  and  Client()\n"
                       : "\nConnect with  Client(\"" + address + "\")  or  eval \"$(daskctl env)\"\n";
}

} // namespace

void tell_problems(json const& reply) {
    for (auto const& warning : reply.value("warnings", json::array()))
        tell("warning: " + warning.get<std::string>());
    auto const problems = reply.value("problems", json::array());
    if (problems.empty()) return;
    tell("daskctl: not all of the cluster is up");
    for (auto const& p : problems) {
        auto const text = p.value("text", "");
        tell("  " + p.value("name", "?") + ": " + p.value("state", "?") + (text.empty() ? "" : ": " + text));
    }
    tell("  see: daskctl logs " + problems.front().value("name", "daskd"));
}

exit_code up_exit_code(json const& reply, bool waited) {
    if (!waited) return exit_code::done;
    bool const is_complete =
        reply.value("problems", json::array()).empty() && reply.value("state", "") == "running";
    return is_complete ? exit_code::done : exit_code::degraded;
}

result<exit_code> report_up(context const& ctx, client& daemon, json const& reply, bool waited) {
    tell_problems(reply);
    if (ctx.options.wants_json) {
        print_json(reply);
        return up_exit_code(reply, waited);
    }
    auto const status = daemon.call({"cluster.status"});
    if (!status) return status.error();
    auto const view = cluster_view_from_json(*status);
    if (!view) return view.error();
    print(render_header(*view, ctx.paint));
    if (view->scheduler && view->scheduler->address) print(how_to_connect(*view->scheduler->address));
    return up_exit_code(reply, waited);
}

} // namespace daskd::ctl
