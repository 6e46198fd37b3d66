#pragma once

#include "common/error.hpp"

#include <optional>
#include <string>

namespace daskd::supervise {

/// Whether something could listen on `host`:`port` now. A host that is no address of this machine: it could
/// not.
[[nodiscard]] bool is_port_free(std::string const& host, int port);

/// The port that the scheduler shall listen on: what is demanded; else the one that it had (clients know it);
/// else 8786; else 0, any. Fails where a demand, or the port of a cluster that is in use (`must_keep`), is
/// taken.
[[nodiscard]] result<int> choose_scheduler_port(std::string const& host, std::optional<int> demanded,
                                                std::optional<int> had, bool must_keep);

/// The port at the end of "tcp://127.0.0.1:8786".
[[nodiscard]] std::optional<int> port_of(std::string const& address);

} // namespace daskd::supervise
