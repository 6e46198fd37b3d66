#pragma once

#include "common/error.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>
#include <memory>

namespace daskd::rpc {

/// Hears at once when a file of ours is removed from its directory, by a cleaner of /tmp or by hand.
class file_watch {
public:
    /// `on_removed` is called each time that something named as `file` was removed or moved away.
    file_watch(boost::asio::any_io_executor const& executor, std::filesystem::path file,
               std::function<void()> on_removed);
    ~file_watch();
    file_watch(file_watch const&) = delete;
    file_watch& operator=(file_watch const&) = delete;

    /// Fails, and nothing is watched, where the system has no more watches to give.
    [[nodiscard]] result<void> start();

private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace daskd::rpc
