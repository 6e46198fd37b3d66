#pragma once

#include "common/exit_code.hpp"
#include "ctl/context.hpp"

#include <CLI/App.hpp>

#include <optional>

namespace daskd::ctl {

/// One verb of daskctl, from its options to its exit code. It outlives the parser that writes into it.
class verb {
public:
    verb() = default;
    verb(verb const&) = delete;
    verb& operator=(verb const&) = delete;
    virtual ~verb() = default;

    /// Declares options and arguments. The default has none.
    virtual void declare(CLI::App& /*app*/) {}

    /// What the options ask of the daemon; nothing where the verb decides that as it goes.
    [[nodiscard]] virtual std::optional<request> ask() const { return std::nullopt; }

    /// Does it. Prints its data; an error is printed by the caller.
    [[nodiscard]] virtual result<exit_code> run(context& ctx) = 0;
};

} // namespace daskd::ctl
