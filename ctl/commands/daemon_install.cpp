#include "ctl/commands/verbs.hpp"
#include "ctl/daemon_process.hpp"
#include "ctl/environment.hpp"
#include "ctl/run_program.hpp"
#include "ctl/unit_files.hpp"
#include "ctl/user_units.hpp"

#include <fstream>
#include <unistd.h>

namespace daskd::ctl {
namespace {

namespace fs = std::filesystem;

constexpr char const* packaged_daskd = "/usr/bin/daskd";

result<void> write_file(fs::path const& path, std::string const& text) {
    std::error_code ec;
    fs::create_directories(path.parent_path(), ec);
    std::ofstream file(path, std::ios::trunc);
    file << text;
    file.close();
    if (!file)
        return error{errc::failed, "cannot write " + path.string(),
                     "see: ls -ld " + path.parent_path().string() + "; df " + path.parent_path().string()};
    return {};
}

result<void> systemctl(std::vector<std::string> words, std::string const& hint) {
    auto const shown = words.front();
    words.insert(words.begin(), {"systemctl", "--user", "--quiet"});
    auto const code = run_program(std::move(words));
    if (!code) return code.error();
    if (*code != 0) return error{errc::failed, "systemctl --user " + shown + " failed", hint};
    return {};
}

result<void> require_systemd(environment_lookup const& env) {
    std::error_code ec;
    auto const runtime = env("XDG_RUNTIME_DIR");
    if (runtime && fs::exists(fs::path(*runtime) / "systemd/private", ec)) return {};
    return error{
        errc::failed, "no systemd answers for this user",
        "log in to the machine itself (ssh or console, not su); without systemd daskctl up needs nothing"};
}

/// What the service's daskd must know that only this shell knows.
std::map<std::string, std::string> unit_environment(environment_lookup const& env) {
    std::map<std::string, std::string> variables;
    auto const shaping = cluster_environment(environ);
    for (auto const& [name, value] : shaping.items())
        if (name != "HOME") variables[name] = value.get<std::string>();
    for (auto const* name : {"DASKD_RUNTIME_DIR", "DASKD_STATE_DIR"})
        if (auto const value = env(name)) variables[name] = *value;
    return variables;
}

std::string with_program(std::string text, std::string const& program) {
    for (auto at = text.find(packaged_daskd); at != std::string::npos; at = text.find(packaged_daskd, at))
        text.replace(at, std::string_view(packaged_daskd).size(), program), at += program.size();
    return text;
}

/// Without lingering the user's systemd, and all that it runs, ends at the last logout.
void ask_for_linger() {
    if (lingers()) return;
    auto const code = run_program({"loginctl", "enable-linger"});
    if (code && *code == 0)
        tell("lingering enabled: the cluster outlives your logout (undo: loginctl disable-linger)");
    else
        tell("warning: lingering is off, so the cluster ends at your last logout; ask an administrator "
             "for: " +
             linger_command());
}

class daemon_install_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_flag("--now", now_, "Start it at once");
        app.add_option("--config", config_, "A configuration file for the daemon")
            ->check(CLI::ExistingFile)
            ->type_name("FILE");
    }

    result<exit_code> run(context& ctx) override {
        auto const env = process_environment();
        if (auto there = require_systemd(env); !there) return there.error();
        auto const& cluster = ctx.paths.cluster;
        auto const program = find_daskd(env);
        if (!program) return program.error();
        auto const dir = user_unit_dir(env);
        for (auto const& unit : unit_files)
            if (auto written = write_file(dir / unit.name, with_program(unit.text, program->string()));
                !written)
                return written.error();
        auto drop_in = environment_text(unit_environment(env));
        if (!config_.empty())
            drop_in += "ExecStart=\nExecStart=" + program->string() + " --cluster " + cluster +
                       " --config \"" + fs::absolute(config_).string() + "\"\n";
        if (auto written = write_file(environment_file(env, cluster), drop_in); !written)
            return written.error();

        auto const service = service_of(cluster);
        if (auto done = systemctl({"daemon-reload"}, ""); !done) return done.error();
        if (auto done = systemctl({"enable", service, socket_of(cluster)}, ""); !done) return done.error();
        tell(service + ": installed in " + dir.string() + ", starts with your systemd");
        ask_for_linger();
        if (!now_) return exit_code::done;
        auto const running = ctx.find_daemon();
        if (!running) return running.error();
        if (*running) {
            tell("daskd runs already, without systemd; hand it over with: daskctl daemon restart");
            return exit_code::done;
        }
        if (auto done =
                systemctl({"start", socket_of(cluster), service}, "see: journalctl --user -u " + service);
            !done)
            return done.error();
        tell("daskd: running");
        return exit_code::done;
    }

private:
    bool now_ = false;
    std::string config_;
};

class daemon_uninstall_verb : public verb {
public:
    result<exit_code> run(context& ctx) override {
        auto const env = process_environment();
        if (auto there = require_systemd(env); !there) return there.error();
        auto const& cluster = ctx.paths.cluster;
        auto const dir = user_unit_dir(env);
        auto const service = service_of(cluster);
        std::error_code ec;
        if (!fs::exists(environment_file(env, cluster), ec)) {
            tell(service + ": not installed");
            return exit_code::done;
        }
        auto const is_active = run_program({"systemctl", "--user", "--quiet", "is-active", service});
        if (is_active && *is_active == 0)
            return error{errc::busy, service + " runs the cluster '" + cluster + "'",
                         "stop it first: daskctl daemon stop"};
        if (auto done = systemctl({"disable", "--now", service, socket_of(cluster)}, ""); !done)
            return done.error();
        fs::remove_all(environment_file(env, cluster).parent_path(), ec);
        if (!has_others(dir))
            for (auto const& unit : unit_files)
                fs::remove(dir / unit.name, ec);
        if (auto done = systemctl({"daemon-reload"}, ""); !done) return done.error();
        tell(service + ": uninstalled");
        return exit_code::done;
    }

private:
    /// Whether another cluster of this user is installed.
    static bool has_others(fs::path const& dir) {
        std::error_code ec;
        for (auto const& entry : fs::directory_iterator(dir, ec)) {
            auto const name = entry.path().filename().string();
            if (name.starts_with("daskd") && name.ends_with(".service.d")) return true;
        }
        return false;
    }
};

} // namespace

std::unique_ptr<verb> make_daemon_install() {
    return std::make_unique<daemon_install_verb>();
}

std::unique_ptr<verb> make_daemon_uninstall() {
    return std::make_unique<daemon_uninstall_verb>();
}

} // namespace daskd::ctl
