#include "ctl/commands/verbs.hpp"
#include "ctl/daemon_process.hpp"
#include "ctl/leftovers.hpp"
#include "ctl/render/units.hpp"

#include <unistd.h>

namespace daskd::ctl {
namespace {

/// `reset`, and with `removes_logs` `clean`.
class reset_verb : public verb {
public:
    explicit reset_verb(bool removes_logs) : removes_logs_(removes_logs) {}

    result<exit_code> run(context& ctx) override {
        if (auto const idle = end_idle_daemon(ctx); !idle) return idle.error();
        auto const lock = lock_out_daemon(ctx.paths);
        if (!lock) return lock.error();
        if (auto const none = require_nothing_left(ctx.paths, ::getuid()); !none) return none.error();

        auto const files = find_leftovers(ctx.paths, removes_logs_);
        for (auto const& file : files) {
            std::error_code ec;
            std::filesystem::remove(file, ec);
            if (ec)
                return error{errc::failed, "cannot remove " + file.string() + ": " + ec.message(),
                             "see: ls -ld " + file.parent_path().string()};
        }
        if (ctx.options.wants_json)
            print_json({{"removed", files}});
        else
            tell(ctx.paths.cluster + ": " + show_count(files.size(), "file") + " removed");
        return exit_code::done;
    }

private:
    /// A daemon without a cluster has nothing to lose: it ends. With a cluster it is the user's to decide.
    static result<void> end_idle_daemon(context const& ctx) {
        auto daemon = ctx.find_daemon();
        if (!daemon) return daemon.error();
        if (!*daemon) return {};
        auto const status = (*daemon)->call({"cluster.status"});
        if (!status) return status.error();
        if (status->value("state", "") != "down")
            return error{errc::busy, "cluster '" + ctx.paths.cluster + "' is not down",
                         "stop it with: daskctl down"};
        return stop_daemon(**daemon, {"daemon.stop", {{"leave_cluster", false}}});
    }

    bool removes_logs_;
};

} // namespace

std::unique_ptr<verb> make_reset(bool removes_logs) {
    return std::make_unique<reset_verb>(removes_logs);
}

} // namespace daskd::ctl
