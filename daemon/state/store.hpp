#pragma once

#include "common/error.hpp"
#include "daemon/state/intent.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace daskd::state {

/// Keeps the intent in one file that is always whole: a crash or a full disk at any moment leaves the old one
/// or the new. Beside it: `.bak`, the one before; `.bad-N`, what could not be read. A copy in another
/// directory, which lasts as long as this boot of the machine, serves if the disk of the first one fails.
class store {
public:
    /// `copy` may be empty: then there is none.
    explicit store(std::filesystem::path state_file, std::filesystem::path copy = {})
        : file_(std::move(state_file)), copy_(std::move(copy)) {}

    /// What was saved last; a default intent if nothing was. An unreadable file is set aside and the one
    /// before used, see notice(). Fails on a file of a newer daskd, and if a file is there but the system
    /// does not let us read it.
    [[nodiscard]] result<intent> load();

    /// Returns once it is on the disk. After a failure the former file stands; the copy is new all the same.
    /// Fails with errc::busy if a daskd of another host has taken the cluster over meanwhile.
    [[nodiscard]] result<void> save(intent const& i);

    /// Whether save() would succeed, as far as that can be known without waiting for the disk.
    [[nodiscard]] result<void> try_out(intent const& i) const;

    /// Whether the file is there, where it was saved.
    [[nodiscard]] bool is_there() const;

    /// What load() had to put up with, for users; empty if nothing.
    [[nodiscard]] std::string const& notice() const { return notice_; }
    /// load() found files, but none that could be read.
    [[nodiscard]] bool is_lost() const { return is_lost_; }

private:
    [[nodiscard]] std::filesystem::path beside(std::string const& suffix) const {
        return file_.string() + suffix;
    }
    [[nodiscard]] result<intent> load_file();
    [[nodiscard]] std::optional<intent> load_copy() const;
    [[nodiscard]] result<void> check_owner(intent const& i) const;
    void set_aside(std::string const& why);

    std::filesystem::path file_;
    std::filesystem::path copy_;
    std::string notice_;
    bool is_lost_ = false;
};

} // namespace daskd::state
