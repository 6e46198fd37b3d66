#pragma once

#include <libssh2.h>

#include <string>

namespace daskd::ssh {

/// Starts libssh2 once for the process.
void start_library();

/// libssh2 does no I/O of its own here (engine.hpp), but wants a descriptor that does not block.
[[nodiscard]] int placeholder_fd();

/// libssh2's own words for what failed last, and its number.
[[nodiscard]] std::string last_error_text(LIBSSH2_SESSION* session);

/// Whether this libssh2 can sign and verify with RSA as today's servers want it (rsa-sha2).
[[nodiscard]] bool can_use_rsa();

} // namespace daskd::ssh
