#pragma once

#include <cstddef>

namespace daskd::launch {

/// The host agent: a Python zip application, packed at build time by agent/pack.
extern unsigned char const agent_program_data[];
extern std::size_t const agent_program_size;

} // namespace daskd::launch
