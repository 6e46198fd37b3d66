#pragma once

#include "daemon/async/notifier.hpp"
#include "daemon/launch/queue_host.hpp"
#include "daemon/queue/book.hpp"
#include "daemon/queue/private_file.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace daskd::launch {

/// One queue and the jobs that daskd has there: runs the commands that the book says are due, one at a time,
/// and tells what comes of it.
class job_queue : public std::enable_shared_from_this<job_queue> {
public:
    /// A job that is about to be submitted.
    struct order {
        core::agent_spec spec;
        queue::private_part part;
    };
    struct callbacks {
        std::function<void(queue::news const&)> on_news;
        /// The records must be on the disk when this returns, as far as it can be.
        std::function<void()> keep_records;
        std::function<result<order>(std::string const& agent)> prepare;
        std::function<queue_user()> user;
        std::function<void()> on_cleaned; ///< see is_cleaning()
    };

    /// `submit_host`: what `host` is called in records.
    job_queue(boost::asio::any_io_executor executor, queue::dialect const& dialect, std::string submit_host,
              std::unique_ptr<queue_host> host, callbacks calls);

    /// Begins to run what is due.
    void start(std::vector<core::job_record> const& records);
    void stop();

    void want(std::string const& agent, std::string const& name, core::milliseconds poll_interval);
    void unwant(std::string const& agent);
    void look_soon();
    [[nodiscard]] queue::book const& jobs() const { return book_; }
    /// Private parts of jobs that are gone are about to be removed.
    [[nodiscard]] bool is_cleaning() const { return is_cleaning_; }
    /// Those of the book, with what says which queue it is.
    [[nodiscard]] std::vector<core::job_record> records() const;

private:
    static boost::asio::awaitable<void> run(std::shared_ptr<job_queue> self);
    void begin();
    boost::asio::awaitable<result<queue::command_output>> perform(queue::action what);
    boost::asio::awaitable<result<queue::command_output>> submit(std::string name);
    void tell(std::vector<queue::news> const& all);
    boost::asio::awaitable<void> remove_forgotten();

    boost::asio::any_io_executor executor_;
    queue::dialect const& dialect_;
    std::string submit_host_;
    std::unique_ptr<queue_host> host_;
    callbacks calls_;
    queue::book book_;
    std::vector<std::string> forgotten_; ///< jobs whose private parts are to be removed
    bool is_cleaning_ = false;
    async::notifier changed_;
    bool is_stopped_ = false;
};

} // namespace daskd::launch
