#pragma once

#include "common/error.hpp"
#include "daemon/async/notifier.hpp"
#include "daemon/launch/far_logs.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace daskd::rpc {

/// A log on another host.
struct far_log {
    std::string name;
    std::string agent;
    std::string host;
    std::string path;
};

/// What one client wants of logs on other hosts: their last lines, and with `on_more` what is written later.
class far_reading : public std::enable_shared_from_this<far_reading> {
public:
    /// Who reads the logs of an agent.
    using reader = std::function<launch::far_logs&(std::string const& agent)>;
    using more_sink = std::function<void(std::string const& name, std::vector<std::string> const& lines)>;

    /// What `logs_of` gives outlives it, or end() comes before. Without `on_more` nothing is followed.
    far_reading(reader logs_of, more_sink on_more)
        : logs_of_(std::move(logs_of)), on_more_(std::move(on_more)) {}

    void begin(std::vector<far_log> const& wanted, std::size_t lines);
    /// Returns when all have come, or after 5 s.
    [[nodiscard]] boost::asio::awaitable<void> wait_for_tails();
    /// The last lines of one of them, or why there are none.
    [[nodiscard]] result<std::vector<std::string>> tail_of(std::string const& name) const;
    void end();

private:
    struct one {
        far_log log;
        std::uint64_t id = 0; ///< 0: its agent cannot be reached
        bool has_come = false;
        std::vector<std::string> tail = {};
    };

    void on_lines(std::string const& name, std::vector<std::string> const& lines);

    reader logs_of_;
    more_sink on_more_;
    std::map<std::string, one> all_;
    bool are_tails_told_ = false; ///< what comes now is for on_more
    async::notifier come_;
};

} // namespace daskd::rpc
