#include "common/agent_ledger.hpp"
#include "ctl/commands/call.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/daemon_process.hpp"

namespace daskd::ctl {
namespace {

class down_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_flag("--force", force_, "Skip the grace: kill");
        wait_.declare(app);
    }

    std::optional<request> ask() const override {
        json params = {{"force", force_}};
        wait_.add_to(params);
        return request{"cluster.down", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        auto daemon = ctx.find_daemon();
        if (!daemon) return daemon.error();
        bool const is_ours = !*daemon && !left_processes(ctx.paths).empty();
        if (is_ours) { // nobody looks after what runs: only another daskd can end it in order
            auto const start = start_daemon(ctx, "");
            if (!start || *start != exit_code::done) return start;
            daemon = ctx.find_daemon();
            if (!daemon) return daemon.error();
        }
        if (!*daemon) return report(ctx, {{"state", "down"}, {"changed", false}});
        auto const info = (*daemon)->call({"daemon.info"});
        if (!info) return info.error();
        auto const reply = call_and_wait(ctx, **daemon, *ask());
        if (!reply) return reply.error();
        if (is_ours && !wait_.returns_at_once) // it may have ended by itself
            (void)(*daemon)->call({"daemon.stop", {{"leave_cluster", false}}}, std::nullopt);
        // A daemon that `up` started ends with its cluster; the next `up` must not meet it half gone.
        bool const is_recorded = reply->value("recorded", true);
        if (!is_recorded)
            tell("warning: that it is down cannot be recorded; daskd goes on until it can, see: daskctl "
                 "status");
        bool const ends = is_ours || info->value("started_by_up", false);
        if (is_recorded && ends && !wait_.returns_at_once) {
            if (auto ended = wait_for_end(info->value("pid", 0), answer_limit); !ended) return ended.error();
        }
        return report(ctx, *reply);
    }

private:
    static result<exit_code> report(context const& ctx, json const& reply) {
        if (ctx.options.wants_json)
            print_json(reply);
        else
            tell(ctx.paths.cluster + ": " + (reply.value("changed", true) ? "" : "already ") +
                 reply.value("state", "down"));
        return exit_code::done;
    }

    bool force_ = false;
    wait_options wait_;
};

} // namespace

std::unique_ptr<verb> make_down() {
    return std::make_unique<down_verb>();
}

} // namespace daskd::ctl
