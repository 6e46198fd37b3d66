#pragma once

#include "common/paths.hpp"
#include "daemon/ssh/byte_stream.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace daskd::launch {

/// The tunnel's mouth on this machine. It outlives daskd.
class local_mouth {
public:
    /// `scope`: what goes before its command line (survival.hpp).
    local_mouth(boost::asio::any_io_executor executor, cluster_paths paths,
                std::function<std::vector<std::string>()> scope)
        : executor_(std::move(executor)), paths_(std::move(paths)), scope_(std::move(scope)) {}

    /// A link to it; starts it if it does not live.
    [[nodiscard]] result<std::shared_ptr<ssh::byte_stream>> connect() const;

private:
    [[nodiscard]] result<void> start() const;
    static boost::asio::awaitable<void> reap(boost::asio::any_io_executor executor, pid_t child);

    boost::asio::any_io_executor executor_;
    cluster_paths paths_;
    std::function<std::vector<std::string>()> scope_;
};

} // namespace daskd::launch
