#pragma once

#include "daemon/config/diagnostic.hpp"
#include "daemon/config/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daskd::config {

/// The place in the configuration that is being read, and where to complain about it. Cheap to copy; the list
/// of diagnostics must outlive it.
class reading {
public:
    reading(std::vector<diagnostic>& problems, std::string path)
        : problems_(&problems), path_(std::move(path)) {}

    [[nodiscard]] reading inside(std::string_view key) const;

    /// The same place, where `word` is possible too: said by mismatch().
    [[nodiscard]] reading or_else(std::string_view word) const;

    void fail(origin const& at, std::string text) const;

    /// "must be EXPECTED, not 'what was written'".
    void mismatch(node const& value, std::string_view expected) const;

private:
    std::vector<diagnostic>* problems_;
    std::string path_;
    std::string alternatives_;
};

} // namespace daskd::config
