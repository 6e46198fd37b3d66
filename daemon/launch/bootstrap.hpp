#pragma once

#include "common/error.hpp"
#include "daemon/core/plan.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace daskd::launch {

// How an agent is found or started where there is nothing of ours: a command for the user's login shell, what
// is written to its standard input, and its answer. After a good answer the same channel is the agent's
// socket (agent/remote.py). Pure.

/// The same for every host. Any login shell takes it, also csh and fish: nothing in it needs quoting. It
/// looks for the interpreter in the environment of a login, and says so itself where there is none.
[[nodiscard]] std::string bootstrap_command();

/// To be written to the command's standard input. `cluster`: as it is called there, CLUSTER@HOST. Nothing may
/// be sent after it until the answer is there.
[[nodiscard]] std::string bootstrap_input(core::agent_spec const& spec, std::string const& cluster,
                                          std::string const& log, std::string_view program);

/// Finds the answer among what the far end writes.
class bootstrap_answer {
public:
    /// Empty: not yet. A good answer: the bytes behind it, which are the agent's. Fails with what is wrong
    /// there, or when too much was said without an answer.
    [[nodiscard]] std::optional<result<std::string>> read(std::string_view bytes);
    /// The far end has closed without an answer: why, as far as it said. errc::bad_configuration: trying
    /// again cannot help.
    [[nodiscard]] error ended() const;
    /// After a good answer: the agent's, if it was started now.
    [[nodiscard]] std::optional<int> pid() const { return pid_; }

private:
    std::string text_;
    std::optional<int> pid_;
};

} // namespace daskd::launch
