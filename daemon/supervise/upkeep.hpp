#pragma once

#include "common/error.hpp"
#include "daemon/async/directory_watch.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace daskd::supervise {

/// Directories are removed, disks fill up, descriptors run out: daskd lives on, and this mends what it can.
/// Whatever must be there while daskd runs has a keeper, which makes it again if it is missing. All of them
/// are asked when something was removed; and as long as one of them fails, again and again. When all is well
/// nothing happens here at all.
class upkeep {
public:
    /// Fails while the thing cannot be kept; does nothing if it is there. errc::not_up: it need not be, but
    /// should soon; nobody is told, and it is asked again.
    using keeper = std::function<result<void>()>;

    /// `on_outcome` hears after each look what is wrong; empty: nothing.
    upkeep(boost::asio::any_io_executor executor, std::vector<std::filesystem::path> directories,
           std::function<void(std::string const&)> on_outcome);

    /// Keepers are asked in the order in which they came: directories before what is in them.
    void add(keeper k) { keepers_.push_back(std::move(k)); }

    void look();
    /// Something could not be kept, or is about to be: looks within a moment.
    void look_soon();

private:
    void on_removal();
    void look_in(std::chrono::milliseconds delay);
    void look_at(std::chrono::steady_clock::time_point due);

    std::vector<keeper> keepers_;
    std::function<void(std::string const&)> on_outcome_;
    async::directory_watch watch_;
    boost::asio::steady_timer timer_;
    std::optional<std::chrono::steady_clock::time_point> removal_began_;
    bool is_due_ = false; ///< the timer runs
    bool is_looking_ = false;
    bool is_failing_ = false; ///< since the last look
};

} // namespace daskd::supervise
