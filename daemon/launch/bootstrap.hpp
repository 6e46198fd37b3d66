#pragma once

#include "common/error.hpp"
#include "common/json.hpp"
#include "daemon/core/plan.hpp"

#include <functional>
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
    /// `on_news` hears what the far end takes time for, before it answers.
    explicit bootstrap_answer(std::function<void(std::string const&)> on_news = {})
        : on_news_(std::move(on_news)) {}

    /// Empty: not yet. A good answer: the bytes behind it, which are the agent's. Fails with what is wrong
    /// there, or when too much was said without an answer.
    [[nodiscard]] std::optional<result<std::string>> read(std::string_view bytes);
    /// The far end has closed without an answer: why, as far as it said. errc::bad_configuration: trying
    /// again cannot help. `is_contained`: the interpreter was to start a container.
    [[nodiscard]] error ended(bool is_contained) const;
    /// After a good answer: the agent's, if it was started now.
    [[nodiscard]] std::optional<int> pid() const { return pid_; }
    /// After a bad answer: what a container engine has said there, if it was its fault.
    [[nodiscard]] json const& engine() const { return engine_; }
    /// After a good answer: where the program is, that the interpreter runs.
    [[nodiscard]] std::string const& program() const { return program_; }
    /// PATH of a login.
    [[nodiscard]] std::string const& path() const { return path_; }
    /// After a good answer: the socket of the tunnel's mouth, if there is to be one.
    [[nodiscard]] std::string const& mouth() const { return mouth_; }
    /// After a good answer: the interpreter.
    [[nodiscard]] std::string const& python() const { return python_; }

private:
    result<std::string> take(json const& answer, std::string rest);

    std::string text_;
    std::optional<int> pid_;
    json engine_;
    std::string mouth_;
    std::string python_;
    std::string program_;
    std::string path_;
    std::function<void(std::string const&)> on_news_;
};

} // namespace daskd::launch
