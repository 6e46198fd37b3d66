#pragma once

#include "ctl/context.hpp"
#include "ctl/verb.hpp"

namespace daskd::ctl {

/// `--no-wait` and `--timeout` of the verbs that change something.
struct wait_options {
    bool returns_at_once = false;
    std::optional<double> timeout_s;

    void declare(CLI::App& app);
    /// Writes `wait` and `timeout_s`.
    void add_to(json& params) const;
};

/// `--timeout` alone.
void declare_timeout(CLI::App& app, std::optional<double>& timeout_s);

/// Asks what may take long: until the daemon has done it, or for the question's own `timeout_s`. On a
/// terminal a line of progress is shown meanwhile. A daemon that does not answer at all is noticed within
/// `answer_limit`.
[[nodiscard]] result<json> call_and_wait(context const& ctx, client& daemon, request const& question);

/// Asks what may be asked twice, however long the answer takes: if daskd ends meanwhile, the next one is
/// asked.
[[nodiscard]] result<json> call_any_daemon(context const& ctx, request const& question);

/// The same over a connection of its own.
[[nodiscard]] result<json> call_and_wait(context const& ctx, request const& question);

} // namespace daskd::ctl
