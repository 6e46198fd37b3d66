#include "ctl/commands/verbs.hpp"
#include "ctl/daemon_process.hpp"

namespace daskd::ctl {
namespace {

/// `job-script POOL`, which daskd itself answers without a daemon.
class job_script_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("pool", pool_, "A pool in a job queue")->required()->type_name("POOL");
        app.add_option("--config", file_, "A further configuration file, read last")->type_name("FILE");
    }

    result<exit_code> run(context& /*ctx*/) override {
        std::vector<std::string> arguments{"job-script", pool_};
        if (!file_.empty()) arguments.insert(arguments.end(), {"--config", file_});
        return run_daskd(std::move(arguments));
    }

private:
    std::string pool_;
    std::string file_;
};

} // namespace

std::unique_ptr<verb> make_job_script() {
    return std::make_unique<job_script_verb>();
}

} // namespace daskd::ctl
