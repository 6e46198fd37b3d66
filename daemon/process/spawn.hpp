#pragma once

#include "common/error.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace daskd::process {

using environment = std::map<std::string, std::string>;

/// daskd's own environment.
[[nodiscard]] environment own_environment();

/// A program to run: nothing of daskd reaches it but what is named here.
struct program {
    std::vector<std::string> argv; ///< argv[0] is a path with a '/': PATH is not searched
    environment env;
    std::filesystem::path cwd = "/";
};

/// The three standard descriptors of a child; the caller keeps its own copies.
struct standard_fds {
    int in = -1;
    int out = -1;
    int err = -1;
};

/// Starts `p` as a leader of its own session, with default signal handling, the limit of descriptors
/// that daskd was started with, and no other open descriptor.
/// The child lives on when daskd dies; the caller reaps it. Fails with the system's reason, naming program or
/// directory, also when it is the exec that fails.
[[nodiscard]] result<pid_t> spawn(boost::asio::any_io_executor const& executor, program const& p,
                                  standard_fds fds);

} // namespace daskd::process
