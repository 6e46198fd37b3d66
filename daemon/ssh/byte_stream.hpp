#pragma once

#include "common/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace daskd::ssh {

/// Bytes in both directions, each of which may end before the other: a socket, or a channel of a session.
/// One coroutine may read while another writes. The caller keeps the stream until the call has returned.
class byte_stream {
public:
    byte_stream() = default;
    virtual ~byte_stream() = default;
    byte_stream(byte_stream const&) = delete;
    byte_stream& operator=(byte_stream const&) = delete;

    /// Waits for at least one byte; 0 once the peer has finished.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into) = 0;
    /// Waits until all bytes are taken, which is as fast as the peer reads.
    [[nodiscard]] virtual boost::asio::awaitable<result<void>> write(std::string_view bytes) = 0;
    /// Nothing more will be written; reading goes on.
    virtual void finish_writing() = 0;
    /// Ends both directions at once. Whoever waits fails.
    virtual void close() = 0;
};

} // namespace daskd::ssh
