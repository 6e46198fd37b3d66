#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/launch/agent_transport.hpp"
#include "daemon/launch/bootstrap.hpp"
#include "daemon/launch/ssh_host.hpp"
#include "daemon/launch/tunnels.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace daskd::launch {

/// The way to one host agent on a remote host: a command there finds or starts it and carries the bytes
/// (bootstrap.hpp).
class ssh_agent : public agent_transport, public std::enable_shared_from_this<ssh_agent> {
public:
    struct settings {
        std::string cluster;                                       ///< as it is called there: CLUSTER@HOST
        std::string log;                                           ///< there
        std::shared_ptr<launch::tunnels> tunnels = {};             ///< where its processes go through one
        std::function<void(std::string const& text)> on_news = {}; ///< what the start takes time for
    };

    ssh_agent(boost::asio::any_io_executor executor, core::agent_spec spec, std::shared_ptr<ssh_host> host,
              settings there);

    void open(opened done) override;
    /// Fails at once: whoever has lost the stream must know whether the host is lost too.
    void reopen(opened done) override;
    void make_sure_it_ends(std::optional<int> pid, std::function<void()> on_ended) override;
    [[nodiscard]] std::string where_to_look() const override {
        return there_.log + " on " + config::to_string(host_->login().host);
    }

    [[nodiscard]] error explain_fatal(error said) const override;

private:
    static boost::asio::awaitable<void> find_or_start(std::shared_ptr<ssh_agent> self, opened done);
    void has_tried();
    boost::asio::awaitable<result<stream>> connect();
    boost::asio::awaitable<result<bootstrap_answer>> bootstrap(std::shared_ptr<ssh::channel> channel);
    void tell_news(std::string const& news) const;
    boost::asio::awaitable<void> remove_containers(std::shared_ptr<ssh::session> session);
    boost::asio::awaitable<result<void>> open_tunnel(std::shared_ptr<ssh::session> session,
                                                     bootstrap_answer there);
    static boost::asio::awaitable<void> end(std::shared_ptr<ssh_agent> self, std::optional<int> pid,
                                            std::function<void()> on_ended);

    boost::asio::any_io_executor executor_;
    core::agent_spec spec_;
    std::shared_ptr<ssh_host> host_;
    settings there_;
    bool is_opening_ = false;
    async::notifier tried_;
    std::optional<int> started_; ///< the agent's pid, if it was started for us
    std::string python_;         ///< there, that has started it
    std::string program_;        ///< there, the agent's
    std::string path_;           ///< there, of a login
};

} // namespace daskd::launch
