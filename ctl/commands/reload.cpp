#include "ctl/commands/call.hpp"
#include "ctl/commands/up_report.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/table.hpp"

namespace daskd::ctl {
namespace {

class reload_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_flag("--dry-run", is_dry_, "Only say what would be touched");
        wait_.declare(app);
    }

    std::optional<request> ask() const override {
        json params = {{"dry_run", is_dry_}};
        wait_.add_to(params);
        return request{"cluster.reload", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        auto const reply = call_and_wait(ctx, *ask());
        if (!reply) return reply.error();
        auto const changes = reply->at("changes");
        if (ctx.options.wants_json)
            print_json(*reply);
        else if (changes.empty())
            tell("nothing differs");
        else
            print(render_table(columns_of(changes), ctx.paint));
        tell_problems(*reply);
        return reply->value("problems", json::array()).empty() ? exit_code::done : exit_code::degraded;
    }

private:
    static std::vector<column> columns_of(json const& changes) {
        std::vector<column> columns{{"NAME", false, {}}, {"ACTION", false, {}}, {"REASON", false, {}}};
        for (auto const& change : changes) {
            columns[0].cells.push_back({change.value("name", ""), color::bold});
            columns[1].cells.push_back({change.value("action", ""), color::yellow});
            columns[2].cells.push_back({change.value("reason", ""), color::plain});
        }
        return columns;
    }

    bool is_dry_ = false;
    wait_options wait_;
};

} // namespace

std::unique_ptr<verb> make_reload() {
    return std::make_unique<reload_verb>();
}

} // namespace daskd::ctl
