#pragma once

#include "common/cluster_view.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace daskd::http {

/// One answer to a request, before it is HTTP.
struct answer {
    unsigned status = 200;
    std::string type = "text/plain; charset=utf-8";
    std::string body;
    std::string allow = {}; ///< with status 405
};

/// What may be asked for. `metrics` is called only where it is wanted.
[[nodiscard]] answer respond(std::string_view method, std::string_view target, cluster_view const& view,
                             std::function<std::string()> const& metrics);

} // namespace daskd::http
