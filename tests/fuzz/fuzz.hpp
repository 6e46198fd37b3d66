#pragma once

#include "common/json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// A target defines this: any input must pass through it without a crash, a sanitizer's complaint or a broken
/// promise.
void fuzz(std::string_view input);

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz({reinterpret_cast<char const*>(data), size});
    return 0;
}

namespace daskd::fuzzing {

/// A promise that the code under test makes; broken, it counts as a crash.
inline void require(bool holds, char const* promise) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", promise);
    std::abort();
}

/// Calls `use` for each line of `input` that is JSON.
template <class Use>
void each_json_line(std::string_view input, Use use) {
    while (!input.empty()) {
        auto const end = std::min(input.find('\n'), input.size());
        if (auto const value = parse_json(input.substr(0, end))) use(*value);
        input.remove_prefix(std::min(end + 1, input.size()));
    }
}

} // namespace daskd::fuzzing
