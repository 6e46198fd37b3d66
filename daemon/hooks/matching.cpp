#include "daemon/hooks/matching.hpp"

#include "common/names.hpp"

#include <algorithm>
#include <string_view>

namespace daskd::hooks {

std::string name_of(state::event const& e) {
    constexpr std::string_view state = ".state";
    if (!e.kind.ends_with(state)) return e.kind;
    return e.kind.substr(0, e.kind.size() - state.size()) + "." + e.to;
}

bool is_for(config::event_hook const& hook, state::event const& e) {
    auto const name = name_of(e);
    return std::ranges::any_of(hook.kinds, [&](std::string const& kind) {
        return glob_matches(kind, name) || glob_matches(kind, e.kind);
    });
}

} // namespace daskd::hooks
