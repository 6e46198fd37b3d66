#pragma once

#include "common/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <string>

namespace daskd::async {

/// Connects at once or not at all: daskd must not wait for a process that is stopped. Fails with errc::busy
/// where somebody listens who has not taken those that came before, else (`failed`) with the system's reason.
[[nodiscard]] result<boost::asio::local::stream_protocol::socket>
connect_unix(boost::asio::any_io_executor const& executor, std::string const& path);

/// Whether a process listens there, also one that takes nobody.
[[nodiscard]] bool is_served(boost::asio::any_io_executor const& executor, std::string const& path);

} // namespace daskd::async
