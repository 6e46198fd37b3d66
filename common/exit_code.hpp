#pragma once

#include "common/error.hpp"

namespace daskd {

/// daskctl's exit codes: a contract with scripts.
enum class exit_code : int {
    done = 0,
    failed = 1,
    usage = 2,        ///< usage or configuration
    down = 3,         ///< `status`: the cluster is down
    unknown_name = 4, ///< no such worker or pool
    no_answer = 5,    ///< the daemon does not answer
    timed_out = 6,
    degraded = 7, ///< up, but not all of it
};

/// For people.
[[nodiscard]] constexpr char const* describe(exit_code code) {
    switch (code) {
    case exit_code::done: return "Done; `status`: every desired worker runs; `doctor`: nothing is wrong.";
    case exit_code::failed: return "Failed; `doctor`: something is wrong.";
    case exit_code::usage: return "Wrong usage or configuration.";
    case exit_code::down: return "`status`: the cluster is down.";
    case exit_code::unknown_name: return "Unknown name.";
    case exit_code::no_answer: return "No daskd runs, or it does not answer.";
    case exit_code::timed_out: return "Timed out.";
    case exit_code::degraded: return "Up, but not all of it.";
    }
    return "?";
}

/// The exit code that an expected failure ends a command with.
[[nodiscard]] constexpr exit_code to_exit_code(errc e) {
    switch (e) {
    case errc::usage:
    case errc::bad_configuration: return exit_code::usage;
    case errc::unknown_name: return exit_code::unknown_name;
    case errc::no_daemon: return exit_code::no_answer;
    case errc::timed_out: return exit_code::timed_out;
    case errc::not_up:
    case errc::busy:
    case errc::failed: break;
    }
    return exit_code::failed;
}

} // namespace daskd
