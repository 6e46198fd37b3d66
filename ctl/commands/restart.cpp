#include "ctl/commands/call.hpp"
#include "ctl/commands/up_report.hpp"
#include "ctl/commands/verbs.hpp"

namespace daskd::ctl {
namespace {

class restart_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_flag("--cold", cold_, "Renew the host agents as well: modules are imported afresh");
        wait_.declare(app);
    }

    std::optional<request> ask() const override {
        json params = {{"cold", cold_}};
        wait_.add_to(params);
        return request{"cluster.restart", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        auto daemon = ctx.daemon();
        if (!daemon) return daemon.error();
        auto const reply = call_and_wait(ctx, *daemon, *ask());
        if (!reply) return reply.error();
        return report_up(ctx, *daemon, *reply, !wait_.returns_at_once);
    }

private:
    bool cold_ = false;
    wait_options wait_;
};

} // namespace

std::unique_ptr<verb> make_restart() {
    return std::make_unique<restart_verb>();
}

} // namespace daskd::ctl
