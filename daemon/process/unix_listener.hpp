#pragma once

#include "common/error.hpp"
#include "daemon/async/unique_fd.hpp"

#include <filesystem>
#include <optional>
#include <sys/types.h>

namespace daskd::process {

/// Makes the Unix socket at `path`, mode 0600 under any umask, and listens on it. A socket that is left there
/// is replaced: the caller knows that nobody serves it. Any other file there is an error and stays.
[[nodiscard]] result<async::unique_fd> listen_on(std::filesystem::path const& path);

/// Who is at the other end of a connected Unix socket; nullopt if the kernel does not say.
[[nodiscard]] std::optional<uid_t> peer_uid(int fd);

} // namespace daskd::process
