#pragma once

#include "common/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace daskd::process {

/// The addresses of `host`, best first, as the system finds them (files, DNS, mDNS …); never empty. An
/// address is its own.
///
/// A name is looked up by `getent`, a process of its own: getaddrinfo blocks, and Asio's resolver, which
/// calls it in a thread, can neither be cancelled nor look up two names at once. Fails with errc::timed_out
/// after `limit`.
[[nodiscard]] boost::asio::awaitable<result<std::vector<boost::asio::ip::address>>>
resolve(std::string host, std::chrono::milliseconds limit);

/// What `getent ahosts` prints: each address once, in order.
[[nodiscard]] std::vector<boost::asio::ip::address> read_addresses(std::string_view printed);

} // namespace daskd::process
