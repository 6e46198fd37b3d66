#include "ctl/commands/verbs.hpp"
#include "ctl/daemon_process.hpp"

namespace daskd::ctl {
namespace {

/// `config check`, `config example` and `config schema`, which daskd itself answers without a daemon.
class config_verb : public verb {
public:
    config_verb(char const* what, bool takes_file) : what_(what), takes_file_(takes_file) {}

    void declare(CLI::App& app) override {
        if (takes_file_) app.add_option("--config", file_, "A further file, read last")->type_name("FILE");
    }

    result<exit_code> run(context& /*ctx*/) override { return ask_daskd(); }

protected:
    [[nodiscard]] result<exit_code> ask_daskd() const {
        std::vector<std::string> arguments{"config", what_};
        if (!file_.empty()) arguments.insert(arguments.end(), {"--config", file_});
        return run_daskd(std::move(arguments));
    }

    [[nodiscard]] bool names_file() const { return !file_.empty(); }

private:
    std::string what_;
    bool takes_file_;
    std::string file_;
};

/// `config show`: what a running daemon has in force; without one, what it would have.
class config_show_verb : public config_verb {
public:
    config_show_verb() : config_verb("show", true) {}

    std::optional<request> ask() const override { return request{"config.show"}; }

    result<exit_code> run(context& ctx) override {
        if (names_file()) return ask_daskd();
        auto daemon = ctx.find_daemon();
        if (!daemon) return daemon.error();
        if (!*daemon) return ask_daskd();
        auto const reply = (*daemon)->call(*ask());
        if (!reply) return reply.error();
        if (ctx.options.wants_json)
            print_json(*reply);
        else
            print(reply->at("text").get<std::string>());
        return exit_code::done;
    }
};

} // namespace

std::unique_ptr<verb> make_config_check() {
    return std::make_unique<config_verb>("check", true);
}

std::unique_ptr<verb> make_config_show() {
    return std::make_unique<config_show_verb>();
}

std::unique_ptr<verb> make_config_example() {
    return std::make_unique<config_verb>("example", false);
}

std::unique_ptr<verb> make_config_schema() {
    return std::make_unique<config_verb>("schema", false);
}

} // namespace daskd::ctl
