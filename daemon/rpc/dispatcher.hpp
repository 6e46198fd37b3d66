#pragma once

#include "common/error.hpp"
#include "common/json.hpp"
#include "daemon/rpc/reply.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>

namespace daskd::rpc {

class session;

/// One call of a method.
struct call {
    json params;                   ///< an object
    std::weak_ptr<session> client; ///< the connection it came by; expired once that is closed
};

/// How a method is carried out. One that has its answer at hand is a plain function: it costs no coroutine.
/// One that waits is a coroutine; it is cancelled when its client leaves. Either may return text that is JSON
/// already.
using immediate_handler = std::function<result<json>(call const&)>;
using immediate_raw_handler = std::function<result<raw_json>(call const&)>;
using handler = std::function<boost::asio::awaitable<result<json>>(call)>;
using raw_handler = std::function<boost::asio::awaitable<result<raw_json>>(call)>;

/// The methods by name. Filled at start-up; must outlive the server and its sessions.
class dispatcher {
public:
    using method = std::variant<immediate_raw_handler, raw_handler>;

    /// A second handler for the same name replaces the first.
    void add(std::string name, immediate_handler h);
    void add(std::string name, immediate_raw_handler h);
    void add(std::string name, handler h);
    void add(std::string name, raw_handler h);

    /// Null if there is no such method.
    [[nodiscard]] method const* find(std::string const& name) const;
    /// What a caller of an unknown method should know.
    [[nodiscard]] std::string hint_for(std::string const& unknown) const;

private:
    std::map<std::string, method> methods_;
};

} // namespace daskd::rpc
