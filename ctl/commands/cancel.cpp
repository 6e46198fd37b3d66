#include "ctl/commands/call.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/job.hpp"

namespace daskd::ctl {
namespace {

class cancel_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("job", jobs_, "Which jobs; see: daskctl jobs")->required()->type_name("JOB");
        app.add_flag("--forget", forgets_, "Remove their results, too, and the jobs themselves");
    }

    std::optional<request> ask() const override { return ask_for(jobs_.front()); }

    result<exit_code> run(context& ctx) override {
        json all = json::array();
        for (auto const& job : jobs_) {
            auto const reply = call_and_wait(ctx, ask_for(job));
            if (!reply) return reply.error();
            all.push_back(*reply);
            if (!ctx.options.wants_json) tell(describe(*reply));
        }
        if (ctx.options.wants_json) print_json({{"jobs", all}});
        return exit_code::done;
    }

private:
    [[nodiscard]] request ask_for(std::string const& job) const {
        return {"job.cancel", {{"job", job}, {"forget", forgets_}}};
    }

    [[nodiscard]] std::string describe(json const& job) const {
        auto const name = job.value("job", "");
        if (forgets_) return name + ": forgotten";
        auto const done = job.value("finished", std::uint64_t{0}) + job.value("failed", std::uint64_t{0});
        return name + ": " + job.value("state", "") + ", " + show_number(done) + " of " +
               show_number(job.value("calls", std::uint64_t{0})) + " calls are done";
    }

    std::vector<std::string> jobs_;
    bool forgets_ = false;
};

} // namespace

std::unique_ptr<verb> make_cancel() {
    return std::make_unique<cancel_verb>();
}

} // namespace daskd::ctl
