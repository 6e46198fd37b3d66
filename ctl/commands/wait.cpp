#include "ctl/commands/call.hpp"
#include "ctl/commands/numbers.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/status.hpp"

namespace daskd::ctl {
namespace {

class wait_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("name", names_, "Workers, also such as are still to come; none: all that are desired")
            ->type_name("NAME");
        app.add_option("--workers", workers_, "Until so many workers are in the state")
            ->check(whole_number(0))
            ->type_name("N");
        app.add_option("--state", state_, "Which state (default: running)")
            ->check(CLI::IsMember({"stopped", "pending", "starting", "running", "stopping", "backoff",
                                   "failed", "unreachable", "down", "degraded"}))
            ->type_name("STATE");
        declare_timeout(app, timeout_s_);
    }

    std::optional<request> ask() const override {
        return request{"cluster.wait",
                       {{"names", names_},
                        {"state", state_},
                        {"workers", workers_ ? json(*workers_) : json(nullptr)},
                        {"timeout_s", timeout_s_ ? json(*timeout_s_) : json(nullptr)}}};
    }

    result<exit_code> run(context& ctx) override {
        auto const reply = call_and_wait(ctx, *ask());
        if (!reply) return reply.error();
        auto const view = cluster_view_from_json(*reply);
        if (!view) return view.error();
        if (ctx.options.wants_json)
            print(to_line(to_json(*view)) + "\n");
        else
            tell(render_summary(*view));
        return exit_code::done;
    }

private:
    std::vector<std::string> names_;
    std::optional<int> workers_;
    std::string state_ = "running";
    std::optional<double> timeout_s_;
};

} // namespace

std::unique_ptr<verb> make_wait() {
    return std::make_unique<wait_verb>();
}

} // namespace daskd::ctl
