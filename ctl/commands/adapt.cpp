#include "common/durations.hpp"
#include "ctl/commands/call.hpp"
#include "ctl/commands/numbers.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/render/units.hpp"

namespace daskd::ctl {
namespace {

/// An option that is a duration, in seconds.
void add_duration(CLI::App& app, std::string const& name, std::optional<double>& seconds,
                  std::string const& text) {
    app.add_option_function<std::string>(
           name,
           [&seconds, name](std::string const& given) {
               auto const read = parse_duration(given);
               if (!read) throw CLI::ValidationError(name, read.error().what + "; " + read.error().hint);
               seconds = std::chrono::duration<double>(*read).count();
           },
           text)
        ->type_name("5s");
}

class adapt_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("pool", pool_, "Which pool; none: the only one")->type_name("POOL");
        app.add_flag("--off", is_off_, "No longer; the pool keeps the workers that it has");
        app.add_option("--minimum", minimum_, "So many workers stay without work")
            ->check(whole_number(0))
            ->type_name("N");
        app.add_option("--maximum", maximum_, "Never more than these")
            ->check(whole_number(0))
            ->type_name("M");
        add_duration(app, "--interval", interval_s_, "Between two looks at the load");
        app.add_option("--wait-count", wait_count_, "A worker goes when so many looks in a row found it idle")
            ->check(whole_number(1))
            ->type_name("N");
        add_duration(app, "--target-duration", target_duration_s_, "How long the work at hand should take");
        wait_.declare(app);
    }

    std::optional<request> ask() const override {
        auto const or_null = [](auto const& value) { return value ? json(*value) : json(nullptr); };
        json params = {{"pool", pool_},
                       {"off", is_off_},
                       {"minimum", or_null(minimum_)},
                       {"maximum", or_null(maximum_)},
                       {"interval_s", or_null(interval_s_)},
                       {"wait_count", or_null(wait_count_)},
                       {"target_duration_s", or_null(target_duration_s_)}};
        wait_.add_to(params);
        return request{"pool.adapt", std::move(params)};
    }

    result<exit_code> run(context& ctx) override {
        bool const says_how = minimum_ || maximum_ || interval_s_ || wait_count_ || target_duration_s_;
        if (!is_off_ && !says_how)
            return error{errc::usage, "adapt to what?",
                         "for example: daskctl adapt --minimum 0 --maximum 10; or --off"};
        if (is_off_ && says_how)
            return error{errc::usage, "--off takes no other option",
                         "either --off, or --minimum and --maximum"};
        auto const reply = call_and_wait(ctx, *ask());
        if (!reply) return reply.error();
        if (ctx.options.wants_json) {
            print_json(*reply);
            return exit_code::done;
        }
        auto const present = show_count(reply->value("desired", std::uint64_t{0}), "worker");
        auto const& adapt = reply->at("adapt");
        auto const pool = reply->value("pool", "");
        if (adapt.is_null())
            tell(pool + ": adapts no longer, and stays at " + present);
        else
            tell(pool + ": adapts from " + std::to_string(adapt.value("minimum", 0)) + " to " +
                 show_count(adapt.value("maximum", std::uint64_t{0}), "worker") + ", now " + present);
        return exit_code::done;
    }

private:
    std::string pool_;
    bool is_off_ = false;
    std::optional<int> minimum_;
    std::optional<int> maximum_;
    std::optional<int> wait_count_;
    std::optional<double> interval_s_;
    std::optional<double> target_duration_s_;
    wait_options wait_;
};

} // namespace

std::unique_ptr<verb> make_adapt() {
    return std::make_unique<adapt_verb>();
}

} // namespace daskd::ctl
