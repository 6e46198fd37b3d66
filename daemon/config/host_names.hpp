#pragma once

#include "common/error.hpp"
#include "daemon/config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daskd::config {

/// How hosts are written: `node1`, `alice@node1:2222`, `[2001:db8::1]:22`, and ranges such as `node[01-16]`,
/// `rack[1-2]n[1,3,5-7].lab`. Pure.

/// More than these in one pool are a mistake in a range.
inline constexpr std::size_t most_hosts = 4096;

/// The hosts that one entry names, in its order. Fails with what is wrong with it, to be put behind the
/// entry.
[[nodiscard]] result<std::vector<host_address>> parse_hosts(std::string_view entry);

} // namespace daskd::config
