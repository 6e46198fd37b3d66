#include "common/bytes.hpp"
#include "ctl/commands/verbs.hpp"
#include "ctl/daemon_process.hpp"
#include "ctl/render/units.hpp"

namespace daskd::ctl {
namespace {

result<exit_code> report(context const& ctx, char const* state, bool changed) {
    if (ctx.options.wants_json)
        print_json({{"state", state}, {"changed", changed}});
    else
        tell(std::string("daskd: ") + (changed ? "" : "already ") + state);
    return exit_code::done;
}

void declare_config(CLI::App& app, std::string& config) {
    app.add_option("--config", config, "A configuration file for the daemon")->type_name("FILE");
}

class daemon_start_verb : public verb {
public:
    void declare(CLI::App& app) override { declare_config(app, config_); }

    result<exit_code> run(context& ctx) override {
        auto const running = ctx.find_daemon();
        if (!running) return running.error();
        if (*running) return report(ctx, "running", false);
        auto const started = start_daemon(ctx, config_);
        if (!started || *started != exit_code::done) return started;
        return report(ctx, "running", true);
    }

private:
    std::string config_;
};

class daemon_stop_verb : public verb {
public:
    std::optional<request> ask() const override { return request{"daemon.stop", {{"leave_cluster", false}}}; }

    result<exit_code> run(context& ctx) override {
        auto running = ctx.find_daemon();
        if (!running) return running.error();
        if (!*running) return report(ctx, "stopped", false);
        if (auto const stopped = stop_daemon(**running, *ask()); !stopped) return stopped.error();
        return report(ctx, "stopped", true);
    }
};

class daemon_restart_verb : public verb {
public:
    void declare(CLI::App& app) override { declare_config(app, config_); }

    std::optional<request> ask() const override { return request{"daemon.stop", {{"leave_cluster", true}}}; }

    result<exit_code> run(context& ctx) override {
        auto running = ctx.find_daemon();
        if (!running) return running.error();
        if (*running) {
            if (auto const stopped = stop_daemon(**running, *ask()); !stopped) return stopped.error();
        }
        auto const started = start_daemon(ctx, config_);
        if (!started || *started != exit_code::done) return started;
        return report(ctx, "running", true);
    }

private:
    std::string config_;
};

class daemon_status_verb : public verb {
public:
    std::optional<request> ask() const override { return request{"daemon.info"}; }

    result<exit_code> run(context& ctx) override {
        auto daemon = ctx.daemon();
        if (!daemon) return daemon.error();
        auto const info = daemon->call(*ask());
        if (!info) return info.error();
        if (ctx.options.wants_json) {
            print_json(*info);
            return exit_code::done;
        }
        print("daskd " + info->value("version", "?") + ", pid " + std::to_string(info->value("pid", 0)) +
              ", " + format_bytes(info->value("rss_bytes", std::uint64_t{0})) + ", up " +
              show_duration(info->value("uptime_s", 0.0)) + "\n");
        for (auto const* key : {"cluster", "socket", "runtime_dir", "state_dir"})
            print_field(key, info->value(key, ""));
        for (auto const& file : info->value("configuration", json::array()))
            print_field("configuration", file.get<std::string>());
        return exit_code::done;
    }

private:
    static void print_field(std::string label, std::string const& value) {
        constexpr std::size_t width = 15;
        label.resize(width, ' ');
        print("  " + label + value + "\n");
    }
};

} // namespace

std::unique_ptr<verb> make_daemon_start() {
    return std::make_unique<daemon_start_verb>();
}

std::unique_ptr<verb> make_daemon_stop() {
    return std::make_unique<daemon_stop_verb>();
}

std::unique_ptr<verb> make_daemon_restart() {
    return std::make_unique<daemon_restart_verb>();
}

std::unique_ptr<verb> make_daemon_status() {
    return std::make_unique<daemon_status_verb>();
}

} // namespace daskd::ctl
