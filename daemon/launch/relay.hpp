#pragma once

#include "common/json.hpp"

#include <functional>
#include <string>

namespace daskd::launch {

/// The way to host agents in jobs: through the scheduler, which their reporters have joined. A job is known
/// there by its name. Somebody else carries it.
struct relay {
    std::function<void(std::string const& job)> open; ///< the reporter connects to its agent
    std::function<void(std::string const& job, json const& message)> send;
    std::function<void(std::string const& job)> close;
};

} // namespace daskd::launch
