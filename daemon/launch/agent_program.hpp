#pragma once

#include <cstddef>
#include <string_view>

namespace daskd::launch {

/// The host agent: a Python zip application, packed at build time by agent/pack.
extern unsigned char const agent_program_data[];
extern std::size_t const agent_program_size;

/// The same in Base64, for scripts that carry it: a zip that is compressed as a whole (zlib).
extern unsigned char const agent_text_data[];
extern std::size_t const agent_text_size;

[[nodiscard]] inline std::string_view agent_text() {
    return {reinterpret_cast<char const*>(agent_text_data), agent_text_size};
}

} // namespace daskd::launch
