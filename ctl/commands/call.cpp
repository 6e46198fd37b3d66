#include "ctl/commands/call.hpp"

#include "common/durations.hpp"
#include "ctl/commands/progress.hpp"

#include <unistd.h>

namespace daskd::ctl {
namespace {

using seconds = std::chrono::duration<double>;

/// One after the other: more of them are no accident.
constexpr int most_daemons = 10;

/// How long to listen for the answer to `question`; the daemon keeps the time itself, so that it answers
/// first.
std::optional<milliseconds> patience(request const& question) {
    auto const it = question.params.find("timeout_s");
    if (it == question.params.end() || !it->is_number()) return std::nullopt;
    return std::chrono::ceil<milliseconds>(seconds(it->get<double>())) + answer_limit;
}

} // namespace

void declare_timeout(CLI::App& app, std::optional<double>& timeout_s) {
    app.add_option_function<std::string>(
           "--timeout",
           [&timeout_s](std::string const& text) {
               auto const limit = parse_duration(text);
               if (!limit)
                   throw CLI::ValidationError("--timeout", limit.error().what + "; " + limit.error().hint);
               timeout_s = seconds(*limit).count();
           },
           "Give up waiting after this long (exit 6); undoes nothing")
        ->type_name("60s");
}

void wait_options::declare(CLI::App& app) {
    app.add_flag("--no-wait", returns_at_once, "Return as soon as the change has begun");
    declare_timeout(app, timeout_s);
}

void wait_options::add_to(json& params) const {
    params["wait"] = !returns_at_once;
    params["timeout_s"] = timeout_s ? json(*timeout_s) : json(nullptr);
}

result<json> call_and_wait(context const& ctx, client& daemon, request const& question) {
    // Who waits without limit first makes sure that somebody is there.
    if (auto alive = daemon.call({"daemon.info"}); !alive) return alive.error();
    auto const id = daemon.send(question);
    if (!id) return id.error();
    auto const limit = patience(question);
    if (::isatty(STDERR_FILENO) == 1) show_progress_until(ctx, daemon.descriptor(), limit);
    return daemon.reply(*id, limit);
}

result<json> call_any_daemon(context const& ctx, request const& question) {
    for (int times = 1;; ++times) {
        auto daemon = ctx.daemon();
        if (!daemon) return daemon.error();
        auto answer = daemon->call(question, std::nullopt);
        bool const has_ended = !answer && answer.error().code == errc::no_daemon;
        if (!has_ended || times == most_daemons) return answer;
    }
}

result<json> call_and_wait(context const& ctx, request const& question) {
    auto daemon = ctx.daemon();
    if (!daemon) return daemon.error();
    return call_and_wait(ctx, *daemon, question);
}

} // namespace daskd::ctl
