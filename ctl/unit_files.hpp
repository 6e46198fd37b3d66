#pragma once

#include <array>

namespace daskd::ctl {

/// A file of the folder systemd/, which travels inside daskctl.
struct unit_file {
    char const* name;
    char const* text; ///< runs /usr/bin/daskd
};

extern std::array<unit_file, 5> const unit_files;

} // namespace daskd::ctl
