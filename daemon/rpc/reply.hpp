#pragma once

#include "common/json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace daskd::rpc {

/// JSON text that is ready to be sent: a result that need not be built a second time.
struct raw_json {
    std::string text;
};

/// One reply line: the result's text, or the error.
[[nodiscard]] std::string reply_line(json const& id, result<raw_json> const& outcome);

/// The reply when a handler has thrown: a bug of ours, not of the request.
[[nodiscard]] std::string internal_error_line(json const& id, std::string_view what);

/// Collects the replies of one batch.
class batch {
public:
    explicit batch(std::size_t requests) : open_(requests) {}

    /// One request is done, a notification without a reply. After the last: the whole batch as one line,
    /// or an empty line if there is nothing to say.
    [[nodiscard]] std::optional<std::string> settle(std::optional<std::string> reply);
    [[nodiscard]] std::size_t size_bytes() const { return replies_.size(); }

private:
    std::size_t open_;
    std::string replies_;
};

} // namespace daskd::rpc
