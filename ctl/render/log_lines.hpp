#pragma once

#include "ctl/render/style.hpp"

#include <string>
#include <string_view>

namespace daskd::ctl {

/// Gives lines of several logs a prefix, aligned and in a colour of the log's own.
class log_prefixer {
public:
    /// Without `is_prefixed` lines stay as they are.
    log_prefixer(bool is_prefixed, style paint) : is_prefixed_(is_prefixed), paint_(paint) {}

    /// Makes room for `name`, so that the lines of all logs known so far align.
    void expect(std::string_view name);

    /// `line` of log `name`, with its end.
    [[nodiscard]] std::string render(std::string_view name, std::string_view line);

private:
    bool is_prefixed_;
    style paint_;
    std::size_t width_ = 0;
};

} // namespace daskd::ctl
