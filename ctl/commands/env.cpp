#include "common/shell_quote.hpp"
#include "ctl/commands/verbs.hpp"

namespace daskd::ctl {
namespace {

class env_verb : public verb {
public:
    std::optional<request> ask() const override { return request{"cluster.environment"}; }

    result<exit_code> run(context& ctx) override {
        auto daemon = ctx.find_daemon();
        if (!daemon) return daemon.error();
        if (!*daemon)
            return error{errc::not_up, "cluster '" + ctx.paths.cluster + "' has no scheduler to connect to",
                         "start it with: daskctl up"};
        auto const answer = (*daemon)->call(*ask());
        if (!answer) return answer.error();
        if (ctx.options.wants_json) {
            print_json(*answer);
            return exit_code::done;
        }
        // Dask reads these as its settings (scheduler-address and those of TLS), which Client() uses.
        auto const variables = answer->value("environment", json::object());
        for (auto const& [name, value] : variables.items())
            if (value.is_string())
                print("export " + name + "=" + shell_quote(value.get<std::string>()) + "\n");
        return exit_code::done;
    }
};

} // namespace

std::unique_ptr<verb> make_env() {
    return std::make_unique<env_verb>();
}

} // namespace daskd::ctl
