#pragma once

#include "daemon/launch/agent_transport.hpp"
#include "daemon/launch/relay.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace daskd::launch {

/// The way to the host agent in a job: messages go through the relay, and a broken way is waited for as long
/// as the job lives. The queue says when it does not.
class job_agent : public agent_transport {
public:
    job_agent(boost::asio::any_io_executor executor, relay const& way, std::string job);
    ~job_agent() override;

    void open(opened done) override;
    void reopen(opened done) override { open(std::move(done)); }
    /// Its job is cancelled by whoever knows the queue: nothing is waited for here.
    void make_sure_it_ends(std::optional<int> pid, std::function<void()> on_ended) override;
    [[nodiscard]] std::string where_to_look() const override;

    /// Its reporter has joined the scheduler, or is no longer there.
    void set_present(bool is_present);
    void on_message(json const& message);
    /// The agent has closed its end.
    void on_closed();
    [[nodiscard]] std::string const& job() const { return job_; }

private:
    result<stream> connect();
    void break_off();

    boost::asio::any_io_executor executor_;
    relay const& way_;
    std::string job_;
    bool is_present_ = false;
    stream far_;  ///< our end of the stream that is in use
    opened wait_; ///< for the reporter
};

} // namespace daskd::launch
