#pragma once

#include "ctl/context.hpp"
#include "ctl/top/model.hpp"
#include "ctl/top/terminal.hpp"

#include <map>
#include <memory>
#include <optional>

namespace daskd::ctl::top {

/// Keeps a model up to date with the daemon, draws it, and does what keys ask for. The daemon tells what
/// changes; it is asked for nothing again and again.
class session {
public:
    /// `interval`: how often figures are wanted.
    session(context const& ctx, std::unique_ptr<terminal> on, milliseconds interval);

    /// Until the user leaves, or the terminal is gone.
    [[nodiscard]] result<void> run();

private:
    [[nodiscard]] result<void> connect();
    [[nodiscard]] result<void> greet(client& daemon);
    void hear_daemon();
    void hear_log();
    void on_message(json const& message);
    void on_reply(json const& message);
    /// False: leave.
    bool take_keys();
    bool carry_out(action const& a);
    void send(order const& o);
    void follow(std::string const& name);
    void draw();
    /// False: the terminal is gone.
    bool wait();

    context const& ctx_;
    std::unique_ptr<terminal> terminal_;
    milliseconds interval_;
    model model_;
    std::optional<client> daemon_;
    std::optional<client> log_source_;
    std::map<int, order> under_way_; ///< by the id of the request
};

} // namespace daskd::ctl::top
