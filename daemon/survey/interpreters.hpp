#pragma once

#include "daemon/config/settings.hpp"
#include "daemon/doctor/facts.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace daskd::survey {

/// Fills in what the interpreter `where.python` of this machine has, or what is wrong with it.
[[nodiscard]] boost::asio::awaitable<void> ask_here(doctor::place& where);

/// Logs in on a host as daskd would, and finds and asks the interpreter that a pool has there (empty: auto).
/// `where` outlives it.
[[nodiscard]] boost::asio::awaitable<void> ask_there(doctor::place& where, config::pool_settings pool,
                                                     config::host_address host);

/// Reads the answer of an interpreter: the last line that begins with our mark. Whether there was one. Pure.
[[nodiscard]] bool read_answer(std::string const& output, doctor::place& into);

} // namespace daskd::survey
