#include "ctl/commands/call.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/units.hpp"

#include <charconv>

namespace daskd::ctl {
namespace {

/// "8" or "gpu=8" into `pools`. An empty text is done; else it says what is wrong, as CLI11 has it.
std::string read_target(std::string const& text, json& pools) {
    auto const equals = text.rfind('=');
    auto const pool = equals == std::string::npos ? std::string() : text.substr(0, equals);
    auto const* const begin = text.data() + (equals == std::string::npos ? 0 : equals + 1);
    auto const* const end = text.data() + text.size();
    int n = 0;
    auto const parsed = std::from_chars(begin, end, n);
    if (parsed.ec != std::errc() || parsed.ptr != end || n < 0 || equals == 0)
        return "'" + text + "' is no number of workers such as 8 or gpu=8";
    if (pools.contains(pool)) return "'" + text + "': that pool is named twice";
    pools[pool] = n;
    return {};
}

class scale_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option_function<std::vector<std::string>>(
               "target",
               [this](std::vector<std::string> const& targets) {
                   for (auto const& target : targets)
                       if (auto wrong = read_target(target, pools_); !wrong.empty())
                           throw CLI::ValidationError("scale", wrong);
               },
               "How many workers; with several pools, of which")
            ->required()
            ->type_name("[POOL=]N");
        app.add_flag("--force", force_, "Scale down even if results would be lost");
        wait_.declare(app);
    }

    std::optional<request> ask() const override {
        json params = {{"pools", pools_}, {"force", force_}};
        wait_.add_to(params);
        return request{"pool.scale", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        auto const reply = call_and_wait(ctx, *ask());
        if (!reply) return reply.error();
        if (ctx.options.wants_json) {
            print_json(*reply);
            return exit_code::done;
        }
        for (auto const& pool : reply->value("adapt_turned_off", json::array()))
            tell(pool.get<std::string>() + ": adapts no longer (daskctl adapt " + pool.get<std::string>() +
                 " … has it adapt again)");
        for (auto const& [pool, n] : reply->at("pools").items())
            tell(pool + ": " + show_count(n.get<std::uint64_t>(), "worker"));
        return exit_code::done;
    }

private:
    json pools_ = json::object();
    bool force_ = false;
    wait_options wait_;
};

} // namespace

std::unique_ptr<verb> make_scale() {
    return std::make_unique<scale_verb>();
}

} // namespace daskd::ctl
