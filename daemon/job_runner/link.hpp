#pragma once

#include "daemon/async/json_connection.hpp"
#include "daemon/async/open_questions.hpp"
#include "daemon/core/effect.hpp"
#include "daemon/core/event.hpp"
#include "daemon/job_runner/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>

namespace daskd::job_runner {

/// daskd's end of the job link: connected while a job runner runs. It hands questions on and knows nothing of
/// jobs.
class link {
public:
    struct callbacks {
        std::function<void(core::event)> on_event;       ///< runner_ready
        std::function<void(core::wanted::tell)> on_news; ///< what users should know of their jobs
    };

    /// `socket` is the path that job runners listen on.
    link(boost::asio::any_io_executor executor, std::string socket, callbacks calls);
    ~link();
    link(link const&) = delete;
    link& operator=(link const&) = delete;

    /// Connects to the job runner that has just been started or found.
    void connect();
    void disconnect();
    /// Has it make its socket again, which was removed.
    void listen_again();
    [[nodiscard]] bool has_connection() const { return connection_ != nullptr; }

    /// Asks and waits, however long it takes. errc::not_up: the job runner ended before it answered.
    boost::asio::awaitable<result<json>> ask(std::string op, json params);

private:
    void on_message(json const& value);
    void fail_questions();

    boost::asio::any_io_executor executor_;
    std::string socket_;
    callbacks calls_;
    std::shared_ptr<async::json_connection> connection_;
    async::open_questions<result<json>> questions_;
};

} // namespace daskd::job_runner
