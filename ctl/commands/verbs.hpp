#pragma once

#include "ctl/verb.hpp"

#include <memory>
#include <span>

namespace daskd::ctl {

/// How the command line finds a verb.
struct verb_entry {
    char const* name;  ///< "up"; "config check" is verb `check` of the family `config`
    char const* group; ///< heading in the help
    char const* summary;
    char const* example;
    std::unique_ptr<verb> (*make)();
};

/// All verbs, in the order of the help.
[[nodiscard]] std::span<verb_entry const> verbs();

/// The help line of a family of verbs.
[[nodiscard]] std::string family_summary(std::string_view family);

/// Stands for the `--` before a command of `run`, which the parser takes away.
inline constexpr auto command_mark = "--command-follows";

enum class process_action { start, stop, restart };

// One file each, or one for those that differ in a word.
std::unique_ptr<verb> make_up();
std::unique_ptr<verb> make_down();
std::unique_ptr<verb> make_restart();
std::unique_ptr<verb> make_scheduler(process_action action);
std::unique_ptr<verb> make_worker(process_action action);
std::unique_ptr<verb> make_scale();
std::unique_ptr<verb> make_adapt();
std::unique_ptr<verb> make_status();
std::unique_ptr<verb> make_wait();
std::unique_ptr<verb> make_logs();
std::unique_ptr<verb> make_events();
std::unique_ptr<verb> make_top();
std::unique_ptr<verb> make_env();
std::unique_ptr<verb> make_config_check();
std::unique_ptr<verb> make_config_show();
std::unique_ptr<verb> make_config_example();
std::unique_ptr<verb> make_config_schema();
std::unique_ptr<verb> make_doctor();
std::unique_ptr<verb> make_job_script();
std::unique_ptr<verb> make_run();
std::unique_ptr<verb> make_jobs();
std::unique_ptr<verb> make_progress();
std::unique_ptr<verb> make_gather();
std::unique_ptr<verb> make_cancel();
std::unique_ptr<verb> make_scatter();
std::unique_ptr<verb> make_reload();
std::unique_ptr<verb> make_reset(bool removes_logs);
std::unique_ptr<verb> make_completion();
std::unique_ptr<verb> make_daemon_start();
std::unique_ptr<verb> make_daemon_stop();
std::unique_ptr<verb> make_daemon_restart();
std::unique_ptr<verb> make_daemon_status();
std::unique_ptr<verb> make_daemon_install();
std::unique_ptr<verb> make_daemon_uninstall();

} // namespace daskd::ctl
