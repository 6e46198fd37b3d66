#include "ctl/commands/follow.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/local_files.hpp"
#include "ctl/render/event.hpp"

#include <cstdio>

namespace daskd::ctl {
namespace {

/// How many events are asked for at a time.
constexpr std::size_t page = 1000;

class events_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_flag("-f,--follow", follows_, "Go on with what happens, until Ctrl-C");
        app.add_flag("--json-lines", as_json_lines_, "One JSON object a line");
        app.add_option("--since", since_, "Only events after this number (seq)")->type_name("SEQ");
    }

    std::optional<request> ask() const override {
        if (follows_) return request{"events.subscribe", {{"since", since_}}};
        return request{"events.read", {{"since", since_}, {"limit", page}}};
    }

    result<exit_code> run(context& ctx) override {
        if (follows_ && ctx.options.wants_json)
            return error{errc::usage, "--json prints one object: it cannot follow", "use --json-lines"};
        auto daemon = ctx.find_daemon();
        if (!daemon) return daemon.error();
        if (follows_) return *daemon ? follow(ctx) : show_files_then_fail(ctx);
        auto const events = *daemon ? read_all(**daemon) : read_local_events(ctx.paths.events_file(), since_);
        if (!events) return events.error();
        if (ctx.options.wants_json)
            print_json({{"events", *events}});
        else
            for (auto const& event : *events)
                show(ctx, event);
        return exit_code::done;
    }

private:
    void show(context const& ctx, json const& event) const {
        print((as_json_lines_ ? to_line(event) : render_event(event, ctx.paint)) + "\n");
    }

    /// All pages.
    result<std::vector<json>> read_all(client& daemon) {
        std::vector<json> all;
        for (;;) {
            auto reply = daemon.call(*ask());
            if (!reply) return reply.error();
            auto& events = reply->at("events");
            for (auto& event : events) {
                since_ = event.at("seq").get<std::uint64_t>();
                all.push_back(std::move(event));
            }
            if (events.size() < page) return all;
        }
    }

    result<exit_code> show_files_then_fail(context const& ctx) const {
        for (auto const& event : read_local_events(ctx.paths.events_file(), since_))
            show(ctx, event);
        return error{errc::no_daemon,
                     "no daskd runs for cluster '" + ctx.paths.cluster + "': nothing to follow",
                     "start it with: daskctl up"};
    }

    result<exit_code> follow(context const& ctx) {
        end_well_on_interrupt();
        for (;;) {
            auto daemon = ctx.daemon();
            if (!daemon) return daemon.error();
            if (auto const ended = follow_once(ctx, *daemon); !ended) return ended.error();
        }
    }

    /// Shows events until some were dropped because we were too slow: a new subscription then resumes after
    /// `since_`.
    result<void> follow_once(context const& ctx, client& daemon) {
        if (auto const subscribed = daemon.call(*ask()); !subscribed) return subscribed.error();
        for (;;) {
            auto const news = daemon.notification(std::nullopt);
            if (!news) return news.error();
            auto const method = (*news)->value("method", "");
            if (method == "lagged") return {};
            if (method != "event") continue;
            auto const& event = (*news)->at("params");
            since_ = event.value("seq", since_);
            show(ctx, event);
            std::fflush(stdout);
        }
    }

    bool follows_ = false;
    bool as_json_lines_ = false;
    std::uint64_t since_ = 0;
};

} // namespace

std::unique_ptr<verb> make_events() {
    return std::make_unique<events_verb>();
}

} // namespace daskd::ctl
