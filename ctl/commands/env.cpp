#include "ctl/commands/verbs.hpp"
#include "ctl/render/shell_quote.hpp"

namespace daskd::ctl {
namespace {

class env_verb : public verb {
public:
    std::optional<request> ask() const override { return request{"cluster.status"}; }

    result<exit_code> run(context& ctx) override {
        auto daemon = ctx.find_daemon();
        if (!daemon) return daemon.error();
        auto const status = *daemon ? (*daemon)->call(*ask()) : result<json>(json::object());
        if (!status) return status.error();
        auto const view = cluster_view_from_json(*status);
        if (!view) return view.error();
        if (!view->scheduler || !view->scheduler->address) {
            bool const is_stopped = view->scheduler && view->scheduler->state == "stopped";
            return error{errc::not_up, "cluster '" + ctx.paths.cluster + "' has no scheduler to connect to",
                         is_stopped ? "start it with: daskctl start-scheduler" : "start it with: daskctl up"};
        }
        // Dask reads the variable as its setting scheduler-address, which Client() uses.
        auto const& address = *view->scheduler->address;
        if (ctx.options.wants_json)
            print_json({{"environment", {{"DASK_SCHEDULER_ADDRESS", address}}}});
        else
            print("export DASK_SCHEDULER_ADDRESS=" + shell_quote(address) + "\n");
        return exit_code::done;
    }
};

} // namespace

std::unique_ptr<verb> make_env() {
    return std::make_unique<env_verb>();
}

} // namespace daskd::ctl
