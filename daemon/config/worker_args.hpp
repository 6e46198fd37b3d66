#pragma once

#include "daemon/config/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daskd::config {

/// What `args` say of ports and addresses, and whether Dask would take them. Pure.

/// The value of an option such as "--host", written `--host X` or `--host=X`; the last one counts.
[[nodiscard]] std::optional<std::string> option_in(std::vector<std::string> const& args,
                                                   std::string_view name);

struct port_range {
    int first = 0;
    int last = 0;
    [[nodiscard]] int count() const { return last - first + 1; }
};

/// The only ports that the pool's workers may listen on; empty: any.
[[nodiscard]] std::optional<port_range> worker_ports(std::vector<std::string> const& args);

/// Whether `args` or `interface` say where workers listen.
[[nodiscard]] bool chooses_address(pool_settings const& pool);

/// What Dask would refuse, or daskd cannot have, each with the remedy.
[[nodiscard]] std::vector<std::string> complaints_about_args(pool_settings const& pool);

/// The same for one word of the scheduler's `args`: where it listens decides on TLS, and must be known.
[[nodiscard]] std::optional<std::string> complaint_about_scheduler_arg(std::string const& word);

/// Why so many workers cannot listen; nothing if they can.
[[nodiscard]] std::optional<std::string> port_shortage(std::vector<std::string> const& args, int workers);

/// What to write where an address is not of the cluster's protocol, "tcp" or "tls".
[[nodiscard]] std::optional<std::string> other_protocol(std::vector<std::string> const& args,
                                                        std::string const& protocol);

} // namespace daskd::config
