#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daskd::tunnel {

// What goes between daskd and a mouth (PROTOCOL.md). Pure.

enum class frame_kind : std::uint8_t {
    control = 0, ///< JSON between daskd and the mouth; all others are passed on between mouths
    open = 1,
    data = 2,
    ack = 3,
    fin = 4,
    reset = 5,
    resume = 6,
};

struct frame_header {
    frame_kind kind = frame_kind::control;
    std::uint16_t peer = 0; ///< the other mouth: where it goes, or where it came from
    std::uint32_t length = 0;
    std::uint64_t stream = 0;
    std::uint64_t offset = 0;

    bool operator==(frame_header const&) const = default;
};

inline constexpr std::size_t header_bytes = 24;
inline constexpr std::size_t longest_content = std::size_t{1} << 20;

[[nodiscard]] std::string packed(frame_header const& header);
[[nodiscard]] std::string control_frame(std::string_view text);
/// The header at the beginning of `bytes`; empty: more has to come.
[[nodiscard]] std::optional<frame_header> header_of(std::string_view bytes);

} // namespace daskd::tunnel
