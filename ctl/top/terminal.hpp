#pragma once

#include "common/error.hpp"
#include "ctl/top/bars.hpp"
#include "ctl/top/frame.hpp"
#include "ctl/top/keys.hpp"

#include <memory>
#include <optional>

namespace daskd::ctl::top {

/// The whole terminal, by ncurses, from its making to its end. There is one at a time.
class terminal {
public:
    /// Fails where the terminal's kind (TERM) is not known here.
    [[nodiscard]] static result<std::unique_ptr<terminal>> open(bool is_colored);
    ~terminal();
    terminal(terminal const&) = delete;
    terminal& operator=(terminal const&) = delete;

    [[nodiscard]] extent size() const;
    [[nodiscard]] glyphs const& can_draw() const;
    /// What was typed, if anything; Ctrl-C is nothing but a 'q'.
    [[nodiscard]] std::optional<key> read_key();
    /// Only what differs is sent.
    void draw(frame const& lines);

private:
    explicit terminal(bool is_colored);

    bool is_colored_;
    bool is_utf8_;
};

} // namespace daskd::ctl::top
