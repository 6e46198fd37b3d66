#include "common/names.hpp"
#include "ctl/commands/follow.hpp"
#include "ctl/commands/numbers.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/local_files.hpp"
#include "ctl/render/log_lines.hpp"
#include "ctl/times.hpp"

#include <chrono>
#include <cstdio>

namespace daskd::ctl {
namespace {

seconds epoch_now() {
    return std::chrono::system_clock::now().time_since_epoch();
}

class logs_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("name", names_, "scheduler, daskd, workers; globs such as 'gpu-*' (quoted); none: all")
            ->type_name("NAME");
        app.add_flag("-f,--follow", follows_, "Go on with what is written, until Ctrl-C");
        app.add_option("-n,--lines", lines_, "How many of the last lines of each (default: 20)")
            ->check(whole_number(0))
            ->type_name("N");
        app.add_option_function<std::string>(
               "--since",
               [this](std::string const& text) {
                   auto const moment = parse_moment(text, epoch_now());
                   if (!moment)
                       throw CLI::ValidationError("--since", "'" + text +
                                                                 "' is no time such as 10min (ago) or " +
                                                                 "2026-01-31T12:00:00Z");
                   since_ = moment->count();
               },
               "Only what is younger: 10min, or a time in UTC")
            ->type_name("T");
    }

    std::optional<request> ask() const override {
        json params = {{"names", names_}, {"lines", lines_}};
        if (!follows_) params["since"] = since_ ? json(*since_) : json(nullptr);
        return request{follows_ ? "logs.follow" : "logs.read", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        if (follows_ && ctx.options.wants_json)
            return error{errc::usage, "--json prints one object: it cannot follow", "leave out -f or --json"};
        if (follows_ && since_)
            return error{errc::usage, "-f and --since exclude each other", "use -f -n LINES"};
        auto daemon = ctx.find_daemon();
        if (!daemon) return daemon.error();
        return *daemon ? ask_daemon(ctx, **daemon) : read_files(ctx);
    }

private:
    result<exit_code> ask_daemon(context const& ctx, client& daemon) const {
        auto const reply = daemon.call(*ask());
        if (!reply) return reply.error();
        if (ctx.options.wants_json) {
            print_json(*reply);
            return exit_code::done;
        }
        auto const& logs = reply->at("logs");
        log_prefixer prefixer(has_several(logs.size()), ctx.paint);
        for (auto const& log : logs)
            prefixer.expect(log.at("name").get_ref<std::string const&>());
        for (auto const& log : logs) {
            show(prefixer, log);
            if (auto const trouble = log.value("trouble", ""); !trouble.empty()) tell(trouble);
        }
        return follows_ ? follow(daemon, prefixer) : exit_code::done;
    }

    static result<exit_code> follow(client& daemon, log_prefixer& prefixer) {
        end_well_on_interrupt();
        std::fflush(stdout);
        for (;;) {
            auto const news = daemon.notification(std::nullopt);
            if (!news) return news.error();
            if ((*news)->value("method", "") == "log") show(prefixer, (*news)->at("params"));
            std::fflush(stdout);
        }
    }

    /// The same from the files on this host: one wants to see why the daemon is gone.
    result<exit_code> read_files(context const& ctx) const {
        if (since_)
            return error{errc::no_daemon, "no daskd runs, and without it --since is not known",
                         "leave out --since"};
        auto const logs = read_local_logs(ctx.paths.log_dir(), names_, lines_);
        if (!logs) return logs.error();
        if (ctx.options.wants_json) {
            auto list = json::array();
            for (auto const& log : *logs)
                list.push_back(
                    {{"name", log.name}, {"path", ctx.paths.log_file(log.name)}, {"lines", log.lines}});
            print_json({{"logs", list}});
            return exit_code::done;
        }
        log_prefixer prefixer(has_several(logs->size()), ctx.paint);
        for (auto const& log : *logs)
            prefixer.expect(log.name);
        for (auto const& log : *logs)
            for (auto const& line : log.lines)
                print(prefixer.render(log.name, line));
        if (follows_)
            return error{errc::no_daemon,
                         "no daskd runs for cluster '" + ctx.paths.cluster + "': nothing to follow",
                         "start it with: daskctl up"};
        if (logs->empty()) tell("no logs in " + ctx.paths.log_dir().string());
        return exit_code::done;
    }

    /// Whether a reader must be told whose line it is; a glob may match more later.
    [[nodiscard]] bool has_several(std::size_t found) const {
        bool const is_one_name = names_.size() == 1 && !is_glob(names_.front());
        return found > 1 || (follows_ && !is_one_name);
    }

    static void show(log_prefixer& prefixer, json const& log) {
        auto const& name = log.at("name").get_ref<std::string const&>();
        for (auto const& line : log.at("lines"))
            print(prefixer.render(name, line.get_ref<std::string const&>()));
    }

    std::vector<std::string> names_;
    bool follows_ = false;
    std::size_t lines_ = 20;
    std::optional<double> since_;
};

} // namespace

std::unique_ptr<verb> make_logs() {
    return std::make_unique<logs_verb>();
}

} // namespace daskd::ctl
