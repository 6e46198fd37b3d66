#include "ctl/commands/call.hpp"
#include "ctl/commands/process_action.hpp"

namespace daskd::ctl {
namespace {

/// start-scheduler, stop-scheduler, restart-scheduler.
class scheduler_verb : public verb {
public:
    explicit scheduler_verb(process_action action) : words_(words_of(action)) {}

    void declare(CLI::App& app) override { wait_.declare(app); }

    std::optional<request> ask() const override {
        auto params = json::object();
        wait_.add_to(params);
        return request{std::string("scheduler.") + words_.method, std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        auto const reply = call_and_wait(ctx, *ask());
        if (!reply) return reply.error();
        if (ctx.options.wants_json)
            print_json(*reply);
        else if (!reply->value("changed", true))
            tell(std::string("scheduler: ") + words_.no_need);
        else
            tell(std::string("scheduler: ") + (wait_.returns_at_once ? words_.begun : words_.done));
        return exit_code::done;
    }

private:
    action_words words_;
    wait_options wait_;
};

} // namespace

std::unique_ptr<verb> make_scheduler(process_action action) {
    return std::make_unique<scheduler_verb>(action);
}

} // namespace daskd::ctl
