#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace daskd::async {

/// Tells when one of some directories, or something in it, is removed. The kernel tells us: nothing is
/// polled.
class directory_watch {
public:
    directory_watch(boost::asio::any_io_executor executor, std::vector<std::filesystem::path> directories,
                    std::function<void()> on_removal);
    ~directory_watch();
    directory_watch(directory_watch const&) = delete;
    directory_watch& operator=(directory_watch const&) = delete;

    /// Watches what is there now: call it again when a directory has been made anew. Where the system allows
    /// no watching, nothing is told.
    void renew();

private:
    class inotify;

    boost::asio::any_io_executor executor_;
    std::vector<std::filesystem::path> directories_;
    std::function<void()> on_removal_;
    std::shared_ptr<inotify> inotify_;
};

} // namespace daskd::async
