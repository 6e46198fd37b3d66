#pragma once

#include "daemon/core/effect.hpp"
#include "daemon/core/event.hpp"

#include <cstdint>
#include <variant>

namespace daskd::job_runner {

/// The job link protocol as values: PROTOCOL.md says what they mean. Pure.

struct reply {
    std::uint64_t id = 0;
    result<json> outcome;
};

using message = std::variant<core::happened::runner_ready, core::wanted::tell, reply>;

/// Reads one message. Fails on one that lacks what it must have; never throws.
[[nodiscard]] result<message> read_message(json const& value);

} // namespace daskd::job_runner
