#pragma once

#include "common/exit_code.hpp"
#include "ctl/context.hpp"

#include <filesystem>
#include <sys/types.h>
#include <vector>

namespace daskd::ctl {

/// The daskd to run: $DASKD_BINARY, else the one beside this daskctl, else the first in PATH.
[[nodiscard]] result<std::filesystem::path> find_daskd(environment_lookup const& env);

/// Runs daskd with `arguments` and our standard streams; waits for its end. daskd has then told what went
/// wrong; its exit codes are ours.
[[nodiscard]] result<exit_code> run_daskd(std::vector<std::string> arguments);

/// What daskd ended with, as our own.
[[nodiscard]] exit_code code_of_daskd(int code);

/// Starts the daemon of `ctx`, if none runs; `config` is its `--config`, empty for none.
/// `done` once its socket answers. Who loses the race to start one is `done` as well.
[[nodiscard]] result<exit_code> start_daemon(context const& ctx, std::string const& config);

/// Waits for the end of a process that is not our child. Times out as `no_daemon`.
[[nodiscard]] result<void> wait_for_end(pid_t pid, std::optional<milliseconds> limit);

/// Asks `daemon` to end by `question` (`daemon.stop`) and waits until its process has ended, however long its
/// cluster takes to stop.
[[nodiscard]] result<void> stop_daemon(client& daemon, request const& question);

} // namespace daskd::ctl
