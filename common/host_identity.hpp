#pragma once

#include <string>

namespace daskd {

/// Which machine this is, for state in a home that several machines share.
struct host_identity {
    std::string hostname;
    std::string boot_id; ///< of this boot: a machine that was renamed is still the same one

    bool operator==(host_identity const&) const = default;
};

[[nodiscard]] host_identity this_host();

/// Whether what `owner` has left belongs to another machine than `here`. A reboot changes the boot id and
/// keeps the name, renaming does the opposite: only where both differ is it another one. Nobody owns it: no.
[[nodiscard]] bool is_elsewhere(host_identity const& owner, host_identity const& here);

} // namespace daskd
