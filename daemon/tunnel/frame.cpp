#include "daemon/tunnel/frame.hpp"

namespace daskd::tunnel {
namespace {

constexpr unsigned bits_a_byte = 8;

template <class Number>
void put(std::string& to, Number value) {
    for (unsigned n = sizeof value; n-- > 0;)
        to += static_cast<char>(value >> (n * bits_a_byte) & 0xFFU);
}

template <class Number>
Number take(std::string_view& from) {
    Number value = 0;
    for (char const c : from.substr(0, sizeof value))
        value = static_cast<Number>(value << bits_a_byte | static_cast<unsigned char>(c));
    from.remove_prefix(sizeof value);
    return value;
}

} // namespace

std::string packed(frame_header const& header) {
    std::string bytes;
    bytes.reserve(header_bytes);
    put(bytes, static_cast<std::uint16_t>(static_cast<unsigned>(header.kind) << bits_a_byte));
    put(bytes, header.peer);
    put(bytes, header.length);
    put(bytes, header.stream);
    put(bytes, header.offset);
    return bytes;
}

std::string control_frame(std::string_view text) {
    return packed({frame_kind::control, 0, static_cast<std::uint32_t>(text.size()), 0, 0}) +
           std::string(text);
}

std::optional<frame_header> header_of(std::string_view bytes) {
    if (bytes.size() < header_bytes) return std::nullopt;
    frame_header header;
    header.kind = static_cast<frame_kind>(take<std::uint16_t>(bytes) >> bits_a_byte);
    header.peer = take<std::uint16_t>(bytes);
    header.length = take<std::uint32_t>(bytes);
    header.stream = take<std::uint64_t>(bytes);
    header.offset = take<std::uint64_t>(bytes);
    return header;
}

} // namespace daskd::tunnel
