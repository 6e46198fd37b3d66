#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace daskd::rpc {

/// What a client has not taken yet, as one block: many small replies leave in one write.
class outbox {
public:
    /// Beyond this much unread, a client that asks for more is not served until it has read some.
    static constexpr std::size_t pause_bytes = std::size_t{1} << 20;
    /// Beyond this much unread, nothing more is accepted. One message alone may be larger.
    static constexpr std::size_t max_bytes = std::size_t{4} << 20;

    /// Adds one line. False, and nothing is added, if the client is hopelessly behind.
    [[nodiscard]] bool add(std::string_view line) {
        if (unread_bytes() > max_bytes) return false;
        if (taken_ > max_bytes) compact();
        text_ += line;
        text_ += '\n';
        return true;
    }

    /// To be written next; valid until add().
    [[nodiscard]] std::string_view front() const { return std::string_view(text_).substr(taken_); }
    void take(std::size_t bytes) {
        taken_ += bytes;
        if (is_empty()) compact();
    }

    [[nodiscard]] bool is_empty() const { return taken_ == text_.size(); }
    [[nodiscard]] bool is_crowded() const { return unread_bytes() > pause_bytes; }
    [[nodiscard]] std::size_t unread_bytes() const { return text_.size() - taken_; }

private:
    void compact() {
        text_.erase(0, taken_);
        taken_ = 0;
        if (text_.empty() && text_.capacity() > pause_bytes)
            text_.shrink_to_fit(); // after a flood, or one huge reply
    }

    std::string text_;
    std::size_t taken_ = 0;
};

} // namespace daskd::rpc
