#include "ctl/commands/call.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/job.hpp"

namespace daskd::ctl {
namespace {

class jobs_verb : public verb {
public:
    std::optional<request> ask() const override { return request{"job.list"}; }

    result<exit_code> run(context& ctx) override {
        auto const reply = call_any_daemon(ctx, *ask());
        if (!reply) return reply.error();
        if (ctx.options.wants_json) {
            print_json(*reply);
            return exit_code::done;
        }
        auto const jobs = reply->at("jobs").get<std::vector<json>>();
        if (jobs.empty())
            tell("no jobs; submit one with: daskctl run");
        else
            print(render_jobs(jobs, ctx.paint));
        return exit_code::done;
    }
};

} // namespace

std::unique_ptr<verb> make_jobs() {
    return std::make_unique<jobs_verb>();
}

} // namespace daskd::ctl
