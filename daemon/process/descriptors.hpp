#pragma once

#include <sys/resource.h>

namespace daskd::process {

/// Raises daskd's limit of open descriptors as far as it may: a thousand clients need more than the usual
/// 1024. Children get the limit back that daskd was started with, see spawn().
void allow_descriptors();

/// The limit of descriptors that daskd was started with.
[[nodiscard]] rlimit inherited_descriptor_limit();

/// Whether there are descriptors left beyond the few that are kept for what cannot wait: files of state, log
/// and scheduler, and the sockets of host agents.
[[nodiscard]] bool has_spare_descriptors();

} // namespace daskd::process
