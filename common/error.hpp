#pragma once

#include <boost/system/result.hpp>

#include <cerrno>
#include <stdexcept>
#include <string>

namespace daskd {

/// What kind of expected failure this is. Each has one JSON-RPC code (rpc_message.hpp) and one exit code
/// (exit_code.hpp).
enum class errc {
    failed = 1,        ///< it was tried and did not work
    usage,             ///< the request itself is wrong
    bad_configuration, ///< configuration that cannot be used
    unknown_name,      ///< no such worker, pool or process
    busy,              ///< something else must finish first
    not_up,            ///< the cluster is down
    timed_out,         ///< not done in the time given
    no_daemon,         ///< nobody answers on the control socket
};

/// An expected failure: what went wrong and where, and what to do about it.
struct error {
    errc code = errc::failed;
    std::string what; ///< one line, names the place
    std::string hint; ///< the remedy; may be empty
};

/// `error` as an exception: for start-up, and for result<T>::value() on an error.
class error_exception : public std::runtime_error {
public:
    explicit error_exception(error e) : std::runtime_error(e.what), error_(std::move(e)) {}
    [[nodiscard]] error const& get() const { return error_; }

private:
    error error_;
};

[[noreturn]] inline void throw_exception_from_error(error const& e, boost::source_location const& /*where*/) {
    throw error_exception(e);
}

/// What the system says of an error number.
[[nodiscard]] std::string errno_text(int number = errno);
/// "WHAT: what the system says of errno".
[[nodiscard]] error system_error(std::string const& what);

template <class T>
using result = boost::system::result<T, error>;

} // namespace daskd
