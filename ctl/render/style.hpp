#pragma once

#include <string>
#include <string_view>

namespace daskd::ctl {

enum class color { plain, dim, bold, red, green, yellow, blue, magenta, cyan };

/// Colours text for a terminal, or leaves it as it is.
class style {
public:
    explicit style(bool is_colored) : is_colored_(is_colored) {}
    [[nodiscard]] bool is_colored() const { return is_colored_; }
    [[nodiscard]] std::string paint(color c, std::string_view text) const;

private:
    bool is_colored_;
};

/// The colour of a cluster's, scheduler's or worker's state.
[[nodiscard]] color state_color(std::string_view state);

/// `--color`.
enum class color_mode { automatic, never, always };

/// Whether to colour: NO_COLOR (https://no-color.org) and a terminal decide only where the user has not.
[[nodiscard]] bool wants_color(color_mode mode, bool is_terminal, bool no_color);

} // namespace daskd::ctl
