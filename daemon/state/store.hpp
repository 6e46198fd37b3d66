#pragma once

#include "common/error.hpp"
#include "daemon/state/intent.hpp"

#include <filesystem>
#include <string>

namespace daskd::state {

/// Keeps the intent in one file that is always whole: a crash or a full disk at any moment leaves the old one
/// or the new. Beside it: `.bak`, the one before; `.bad-N`, what could not be read.
class store {
public:
    explicit store(std::filesystem::path state_file) : file_(std::move(state_file)) {}

    /// What was saved last; a default intent if nothing was. An unreadable file is set aside and the one
    /// before used, see notice(). Fails on a file of a newer daskd, and if a file is there but the system
    /// does not let us read it.
    [[nodiscard]] result<intent> load();

    /// Returns once it is on the disk. After a failure the former file stands.
    [[nodiscard]] result<void> save(intent const& i);

    /// What load() had to put up with, for users; empty if nothing.
    [[nodiscard]] std::string const& notice() const { return notice_; }

private:
    [[nodiscard]] std::filesystem::path beside(std::string const& suffix) const {
        return file_.string() + suffix;
    }
    void set_aside(std::string const& why);

    std::filesystem::path file_;
    std::string notice_;
};

} // namespace daskd::state
