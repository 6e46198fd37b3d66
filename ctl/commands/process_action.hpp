#pragma once

#include "ctl/commands/verbs.hpp"

namespace daskd::ctl {

/// The words of an action: the method's last part, and what is told afterwards.
struct action_words {
    char const* method;
    char const* done;
    char const* begun;   ///< after --no-wait
    char const* no_need; ///< nothing had to be done
};

[[nodiscard]] constexpr action_words words_of(process_action action) {
    switch (action) {
    case process_action::start: return {"start", "running", "starting", "already running"};
    case process_action::stop: return {"stop", "stopped", "stopping", "already stopped"};
    case process_action::restart: break;
    }
    return {"restart", "restarted", "restarting", "not restarted"};
}

} // namespace daskd::ctl
