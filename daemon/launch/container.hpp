#pragma once

#include "common/paths.hpp"
#include "daemon/launch/container_command.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace daskd::launch {

/// The container of one host agent, by way of its engine's program. Containers outlive this object and daskd.
class container : public std::enable_shared_from_this<container> {
public:
    struct callbacks {
        std::function<void(std::string const& text)> on_news; ///< what the start takes time for
        /// What goes before the engine's command line: each start is in a scope of its own (survival.hpp).
        std::function<words()> scope;
    };

    /// `spec.container` must be there.
    container(boost::asio::any_io_executor executor, core::agent_spec spec, cluster_paths paths,
              callbacks calls);

    /// Starts the agent in a new container. Returns when it listens at its socket: the engine's own program
    /// is not needed from then on. An image that is not here is fetched first. errc::bad_configuration:
    /// trying again cannot help.
    [[nodiscard]] boost::asio::awaitable<result<void>> start();
    /// Gives up a start that is going on.
    void abandon();
    [[nodiscard]] bool is_abandoned() const { return is_abandoned_; }
    /// Ends and removes every container that this agent ever had. What cannot be done is logged.
    [[nodiscard]] boost::asio::awaitable<void> remove();

private:
    struct client;
    [[nodiscard]] boost::asio::awaitable<result<std::shared_ptr<client>>> run(words argv, std::string input);
    [[nodiscard]] boost::asio::awaitable<result<void>> try_start();
    [[nodiscard]] boost::asio::awaitable<bool> may_have_image();
    [[nodiscard]] boost::asio::awaitable<result<void>> fetch_image();
    [[nodiscard]] container_identity identity() const;
    [[nodiscard]] words agent_words() const;
    [[nodiscard]] std::string first_words() const;

    boost::asio::any_io_executor executor_;
    core::agent_spec spec_;
    core::container_spec container_;
    cluster_paths paths_;
    std::filesystem::path log_;
    callbacks calls_;
    std::optional<pid_t> client_; ///< of the start that is going on
    bool is_abandoned_ = false;
};

} // namespace daskd::launch
