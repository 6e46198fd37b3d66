#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace daskd::async {

/// Cuts a byte stream into lines, without copying a line and without searching a byte twice.
class line_splitter {
public:
    /// A line over `max_line_bytes` (its end not counted) is never returned; see is_overlong().
    explicit line_splitter(std::size_t max_line_bytes) : max_line_bytes_(max_line_bytes) {}

    /// Invalidates what next() returned.
    void append(std::string_view bytes) {
        buffer_.erase(0, start_);
        searched_ -= start_;
        start_ = 0;
        buffer_ += bytes;
    }

    /// The next complete line without its end ("\n" or "\r\n"), valid until the next append() or cut().
    [[nodiscard]] std::optional<std::string_view> next() {
        auto const end = find_end();
        if (end == std::string::npos || end - start_ > max_line_bytes_) return std::nullopt;
        auto line = std::string_view(buffer_).substr(start_, end - start_);
        if (line.ends_with('\r')) line.remove_suffix(1);
        start_ = searched_ = end + 1;
        return line;
    }

    /// Whether the line that next() would return, complete or not, is longer than allowed.
    [[nodiscard]] bool is_overlong() {
        auto const end = find_end();
        return (end == std::string::npos ? buffer_.size() : end) - start_ > max_line_bytes_;
    }

    /// Takes the first `max_line_bytes` of an overlong line off, as if it ended there.
    [[nodiscard]] std::string cut() {
        auto piece = buffer_.substr(start_, max_line_bytes_);
        start_ += piece.size();
        return piece;
    }

    [[nodiscard]] bool has_partial() const { return start_ < buffer_.size(); }
    /// Bytes that next() has not returned yet.
    [[nodiscard]] std::size_t pending_bytes() const { return buffer_.size() - start_; }
    void clear() {
        buffer_.clear();
        start_ = searched_ = 0;
    }

private:
    /// Where the current line ends, or npos. `searched_` stays on a line end that was found.
    std::size_t find_end() {
        auto const end = buffer_.find('\n', searched_);
        searched_ = end == std::string::npos ? buffer_.size() : end;
        return end;
    }

    std::size_t max_line_bytes_;
    std::string buffer_;
    std::size_t start_ = 0;    ///< of the current line; what is before was returned
    std::size_t searched_ = 0; ///< no line end between start_ and here
};

} // namespace daskd::async
