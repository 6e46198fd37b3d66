#pragma once

#include "daemon/ssh/byte_stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>

namespace daskd::ssh {

/// Carries bytes both ways until both have ended, or one has failed; then closes both streams. An end of one
/// direction is passed on while the other goes on. No more is held than a buffer of 64 KiB a direction.
[[nodiscard]] boost::asio::awaitable<void> relay(std::shared_ptr<byte_stream> a,
                                                 std::shared_ptr<byte_stream> b);

/// A Unix socket that is the other end of `stream`, for whoever speaks over sockets. Closing it finishes
/// the writing to the stream; what the stream says after that closes it.
[[nodiscard]] result<boost::asio::local::stream_protocol::socket>
as_socket(boost::asio::any_io_executor const& executor, std::shared_ptr<byte_stream> stream);

} // namespace daskd::ssh
