#pragma once

#include "daemon/async/line_splitter.hpp"
#include "daemon/async/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace daskd::logs {

/// A log that grows: where we are in it. It may be truncated (rotation by copy), replaced, deleted, or not be
/// there yet. Reads only when told to; follower.hpp knows when.
class followed_file {
public:
    /// The first reading starts at `offset`.
    followed_file(std::filesystem::path path, std::uint64_t offset);

    /// Whether the path names another file now than the one that is open.
    [[nodiscard]] bool is_replaced() const;

    /// Reads what is new, at most about `limit` bytes, and appends whole lines to `lines`. True if there may
    /// be more.
    [[nodiscard]] bool read(std::vector<std::string>& lines, std::size_t limit);

    /// Goes on at the start of the file that the path names now, if any.
    void reopen();

    /// The open file, -1 if there is none.
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

private:
    void open();
    void take_lines(std::vector<std::string>& lines);

    std::filesystem::path path_;
    async::unique_fd fd_;
    std::uint64_t offset_;
    async::line_splitter unfinished_;
};

} // namespace daskd::logs
