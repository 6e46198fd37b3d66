#pragma once

#include "daemon/core/adaptive_look.hpp"
#include "daemon/supervise/verbs.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>

namespace daskd::supervise {

/// Looks at the load for the pools that adapt, each at its interval, and has done what core::adaptation says.
/// Without such a pool, or without a scheduler, it sleeps. No error ends it: the next look is another try.
class adapter {
public:
    explicit adapter(verbs& v) : verbs_(v), s_(v.cluster_supervisor()) {}

    /// For ever.
    boost::asio::awaitable<void> run();

private:
    using policies = std::map<std::string, core::adapt_policy>;
    struct pool_state {
        core::adapt_policy policy;
        core::adaptation memory;
        core::time_point due;
    };

    [[nodiscard]] policies present_policies() const;
    /// Starts to look after pools that are new or adapt otherwise, and forgets those that do not.
    void follow(policies const& present);
    [[nodiscard]] core::time_point next_due() const;
    boost::asio::awaitable<void> look_at_due_pools();
    boost::asio::awaitable<void> look(std::string pool, core::adapt_policy policy);
    /// Leaves out of `step` what would lose results.
    boost::asio::awaitable<core::adaptive_step> without_loss(core::adaptive_step step);
    void perform(std::string const& pool, core::adaptive_step const& step);
    void complain(std::string const& what);

    verbs& verbs_;
    supervisor& s_;
    std::map<std::string, pool_state> pools_;
    bool is_failing_ = false; ///< and has been complained of
};

} // namespace daskd::supervise
