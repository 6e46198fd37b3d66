#include "ctl/commands/verbs.hpp"
#include "ctl/daemon_process.hpp"
#include "ctl/render/findings.hpp"
#include "ctl/run_program.hpp"
#include "ctl/user_units.hpp"

namespace daskd::ctl {
namespace {

/// What a running daskd tells; it is left out what an older one does not know.
json hear(context const& ctx) {
    json told = json::object();
    auto const keep_silence = [&told](error const& e) {
        told["silence"] = {{"what", e.what}, {"hint", e.hint}};
        return told;
    };
    auto daemon = ctx.find_daemon();
    if (!daemon) return keep_silence(daemon.error());
    if (!*daemon) return told;
    auto info = (*daemon)->call({"daemon.info"});
    if (!info) return keep_silence(info.error());
    told["daemon"] = *std::move(info);
    if (auto status = (*daemon)->call({"cluster.status"})) told["status"] = *std::move(status);
    if (auto agents = (*daemon)->call({"cluster.agents"})) told["agents"] = agents->value("agents", json());
    return told;
}

/// daskd itself looks around: it knows the configuration, finds interpreters and reaches hosts.
class doctor_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("--config", file_, "A further configuration file, read last")->type_name("FILE");
    }

    result<exit_code> run(context& ctx) override {
        auto const env = process_environment();
        auto const program = find_daskd(env);
        if (!program) return program.error();
        auto told = hear(ctx);
        if (auto const unit = managing_unit(env, ctx.paths.cluster)) told["unit"] = *unit;

        std::vector<std::string> argv{program->string(), "--cluster", ctx.paths.cluster, "doctor"};
        if (auto const file = config_file(told); !file.empty()) argv.insert(argv.end(), {"--config", file});
        auto const looked = ask_program(std::move(argv), told.dump());
        if (!looked) return looked.error();
        auto const report = parse_json(looked->out);
        if (!report) // it has said why
            return looked->code == 0 ? exit_code::failed : code_of_daskd(looked->code);
        if (ctx.options.wants_json)
            print_json(*report);
        else
            print(render_findings(report->at("findings"), ctx.paint));
        return code_of_daskd(looked->code);
    }

private:
    /// Ours, else the running daskd's.
    [[nodiscard]] std::string config_file(json const& told) const {
        if (!file_.empty() || !told.contains("daemon")) return file_;
        auto const& named = told.at("daemon").value("config_file", json());
        return named.is_string() ? named.get<std::string>() : "";
    }

    std::string file_;
};

} // namespace

std::unique_ptr<verb> make_doctor() {
    return std::make_unique<doctor_verb>();
}

} // namespace daskd::ctl
