#pragma once

#include "common/json.hpp"
#include "daemon/async/notifier.hpp"
#include "daemon/ssh/byte_stream.hpp"
#include "daemon/tunnel/frame.hpp"
#include "daemon/tunnel/routes.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace daskd::tunnel {

/// Where the links to all mouths meet: what one of them says to another is passed on, as fast as that one
/// takes it. A mouth that takes nothing at all holds up nobody: frames for it are dropped, and sent again
/// later, which is for the mouths to do (PROTOCOL.md). It holds 1 MiB for each mouth at most.
class junction : public std::enable_shared_from_this<junction> {
public:
    struct callbacks {
        /// A mouth cannot listen on this port. Said again whenever it has tried again.
        std::function<void(std::string const& mouth, int port, std::string const& why)> on_port_taken;
        /// The link to it is lost, and nobody has ended it.
        std::function<void(std::string const& mouth)> on_lost;
    };

    junction(boost::asio::any_io_executor executor, callbacks calls);

    /// What holds from now on. Connections to a mouth that is away for longer than `tolerance` end.
    void set_routes(port_homes homes, std::chrono::milliseconds tolerance);

    /// From now on this is the link to the mouth called `name`, a former one is closed. Returns when the
    /// mouth listens: the ports that it cannot have, and why. Fails if the link is lost before.
    [[nodiscard]] boost::asio::awaitable<result<std::map<int, std::string>>>
    attach(std::string name, std::shared_ptr<ssh::byte_stream> link);
    /// And goes on: one that has been told to end does not count.
    [[nodiscard]] bool is_attached(std::string const& name) const;

    /// Has a mouth end, and returns when it has, or its link is lost.
    [[nodiscard]] boost::asio::awaitable<void> end(std::string name);
    /// Returns when no mouth of this name is about to end: what connects to such a one is lost with it.
    [[nodiscard]] boost::asio::awaitable<void> ended(std::string name);
    /// Lets go of all mouths: they keep what they carry.
    void leave();

private:
    struct mouth;
    using mouth_ptr = std::shared_ptr<mouth>;

    mouth_ptr find(std::string const& name) const;
    mouth_ptr with_number(std::size_t number) const;
    mouth_ptr known(std::string const& name);
    std::vector<mouth_place> places() const;

    void tell(mouth& to, json const& order);
    void tell_routes(mouth& to);
    void tell_all_routes();
    [[nodiscard]] bool shares_loopback(mouth const& with) const;
    void announce(mouth& about);
    /// By value: `link` may be the mouth's own, which is let go here.
    void detach(mouth& from, std::shared_ptr<ssh::byte_stream> link);
    void on_control(mouth& from, std::string_view text);
    void on_hello(mouth& from, json const& said);

    static boost::asio::awaitable<void> receive(std::shared_ptr<junction> self, mouth_ptr from,
                                                std::shared_ptr<ssh::byte_stream> link);
    static boost::asio::awaitable<void> send(std::shared_ptr<junction> self, mouth_ptr to,
                                             std::shared_ptr<ssh::byte_stream> link);
    boost::asio::awaitable<void> pass_on(mouth_ptr from, frame_header header, std::string_view content);

    boost::asio::any_io_executor executor_;
    callbacks calls_;
    std::vector<mouth_ptr> mouths_; ///< by number; that of this machine is the first
    port_homes homes_;
    std::chrono::milliseconds tolerance_{0};
    int revision_ = 0; ///< of the routes
};

} // namespace daskd::tunnel
