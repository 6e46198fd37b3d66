#include "ctl/render/status.hpp"

#include "common/agent_ledger.hpp"
#include "common/names.hpp"
#include "ctl/commands/follow.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/local_files.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

namespace daskd::ctl {
namespace {

/// While watching: how often a daemon is looked for where there is none.
constexpr milliseconds search_interval{1000};
constexpr char const* to_top_and_erase = "\033[H\033[J";

exit_code code_of(cluster_view const& view) {
    if (view.state == "running") return exit_code::done;
    return view.state == "down" ? exit_code::down : exit_code::degraded;
}

/// Down, unless processes run that nobody looks after.
cluster_view view_without_daemon(cluster_paths const& paths) {
    auto view = down_view(paths.cluster);
    std::string names;
    for (auto const& launch : left_processes(paths))
        names +=
            (names.empty() ? "" : ", ") + launch.name + " (pid " + std::to_string(launch.process.pid) + ")";
    if (names.empty()) return view;
    view.state = "degraded";
    view.warnings.push_back("daskd and its host agent are gone, and nobody looks after " + names +
                            ": `daskctl up` takes over what runs, `daskctl down` ends it");
    return view;
}

class status_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("name", names_, "Only these workers; globs such as 'gpu-*' (quoted) match several")
            ->type_name("NAME");
        app.add_flag("--watch", watches_, "Keep showing it until Ctrl-C");
    }

    std::optional<request> ask() const override { return request{"cluster.status", {{"names", names_}}}; }

    result<exit_code> run(context& ctx) override {
        if (watches_ && ctx.options.wants_json)
            return error{errc::usage, "--watch is for people, --json for programs",
                         "a program follows with: daskctl events -f --json-lines"};
        if (watches_) return watch(ctx);
        auto view = look(ctx);
        // Killed while it was asked: whoever is there by now may answer.
        if (!view && view.error().code == errc::no_daemon) view = look(ctx);
        if (!view) return view.error();
        if (view->state == "down") view->reason = read_down_reason(ctx.paths.events_file());
        if (ctx.options.wants_json)
            print(to_line(to_json(*view)) + "\n");
        else
            print(render_status(*view, ctx.paint));
        return code_of(*view);
    }

private:
    result<cluster_view> look(context const& ctx) const {
        auto daemon = ctx.find_daemon();
        if (!daemon) return daemon.error();
        if (!*daemon) return view_without_daemon(ctx.paths);
        return fetch(**daemon);
    }

    result<cluster_view> fetch(client& daemon) const {
        auto const status = daemon.call(*ask());
        if (!status) return status.error();
        return cluster_view_from_json(*status);
    }

    static void draw(context const& ctx, cluster_view const& view) {
        print(to_top_and_erase + render_status(view, ctx.paint));
        std::fflush(stdout);
    }

    /// Shows the cluster as long as this daemon lives, which tells what changes.
    result<void> watch_daemon(context const& ctx, client& daemon) const {
        if (auto known = fetch(daemon); !known) return known.error(); // the names, too
        auto status = daemon.call({"cluster.subscribe"});
        if (!status) return status.error();
        for (;;) {
            auto view = cluster_view_from_json(*status);
            if (!view) return view.error();
            keep_named(*view);
            draw(ctx, *view);
            auto const news = daemon.notification(std::nullopt);
            if (!news) return news.error();
            status = (*news)->at("params");
        }
    }

    void keep_named(cluster_view& view) const {
        if (!names_.empty())
            std::erase_if(view.workers, [this](worker_view const& w) {
                return std::ranges::none_of(names_,
                                            [&](auto const& name) { return glob_matches(name, w.name); });
            });
    }

    result<exit_code> watch(context const& ctx) const {
        end_well_on_interrupt();
        for (;;) {
            auto daemon = ctx.find_daemon();
            if (!daemon) return daemon.error();
            if (*daemon) {
                auto const ended = watch_daemon(ctx, **daemon);
                if (ended.error().code != errc::no_daemon) return ended.error();
            }
            draw(ctx, view_without_daemon(ctx.paths));
            std::this_thread::sleep_for(search_interval); // until a daemon is there again
        }
    }

    std::vector<std::string> names_;
    bool watches_ = false;
};

} // namespace

std::unique_ptr<verb> make_status() {
    return std::make_unique<status_verb>();
}

} // namespace daskd::ctl
