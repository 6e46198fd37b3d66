#include "ctl/commands/call.hpp"
#include "ctl/commands/process_action.hpp"

#include <algorithm>

namespace daskd::ctl {
namespace {

/// start-worker, stop-worker, restart-worker.
class worker_verb : public verb {
public:
    explicit worker_verb(process_action action) : action_(action), words_(words_of(action)) {}

    void declare(CLI::App& app) override {
        app.add_option("name", names_, "Workers; globs such as 'gpu-*' (quoted) match several")
            ->required()
            ->type_name("NAME");
        if (action_ != process_action::start)
            app.add_flag("--force", force_, "Give up the results that no other worker can take over");
        wait_.declare(app);
    }

    std::optional<request> ask() const override {
        json params = {{"names", names_}};
        if (action_ != process_action::start) params["force"] = force_;
        wait_.add_to(params);
        return request{std::string("worker.") + words_.method, std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        auto const reply = call_and_wait(ctx, *ask());
        if (!reply) return reply.error();
        if (ctx.options.wants_json) {
            print_json(*reply);
            return exit_code::done;
        }
        auto const changed = reply->at("changed").get<std::vector<std::string>>();
        for (auto const& name : reply->at("workers").get<std::vector<std::string>>()) {
            bool const is_changed = std::ranges::find(changed, name) != changed.end();
            auto const* done = wait_.returns_at_once ? words_.begun : words_.done;
            tell(name + ": " + (is_changed ? done : words_.no_need));
        }
        return exit_code::done;
    }

private:
    process_action action_;
    action_words words_;
    std::vector<std::string> names_;
    bool force_ = false;
    wait_options wait_;
};

} // namespace

std::unique_ptr<verb> make_worker(process_action action) {
    return std::make_unique<worker_verb>(action);
}

} // namespace daskd::ctl
