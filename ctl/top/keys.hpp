#pragma once

#include "ctl/top/model.hpp"

#include <optional>
#include <string>
#include <variant>

namespace daskd::ctl::top {

/// Keys that are no character.
enum class special { none, up, down, page_up, page_down, home, end, enter, escape, backspace };

struct key {
    special what = special::none;
    char character = 0; ///< printable ASCII, with special::none
};

/// What a key asks of the world around the model.
struct leave {};
/// Follow the log of this name; the model shows it from now on.
struct follow_log {
    std::string name;
};
struct close_log {};
using action = std::variant<order, leave, follow_log, close_log>;

/// Changes the model as the key says. `page`: how many rows a page has.
[[nodiscard]] std::optional<action> press(model& m, key k, std::size_t page);

} // namespace daskd::ctl::top
