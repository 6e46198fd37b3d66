#pragma once

#include "common/error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace daskd::ssh {

/// A key that ssh-agent holds.
struct agent_key {
    std::string blob; ///< public, as on the wire
    std::string comment;
};

/// ssh-agent, spoken to directly: libssh2's own calls for it block, and an agent may ask its user first.
class agent_client {
public:
    [[nodiscard]] static boost::asio::awaitable<result<agent_client>> connect(std::filesystem::path socket);

    [[nodiscard]] boost::asio::awaitable<result<std::vector<agent_key>>> keys();
    /// The signature of `data`, without the name of its algorithm. `flags` chooses that of an RSA key.
    [[nodiscard]] boost::asio::awaitable<result<std::string>> sign(std::string key, std::string data,
                                                                   std::uint32_t flags);

private:
    explicit agent_client(boost::asio::local::stream_protocol::socket socket) : socket_(std::move(socket)) {}
    /// Sends one request, and returns the answer's type and body.
    boost::asio::awaitable<result<std::string>> ask(std::string request);

    boost::asio::local::stream_protocol::socket socket_;
};

/// Reads the agent's answer to a question for its keys. Pure.
[[nodiscard]] result<std::vector<agent_key>> read_agent_keys(std::string_view answer);
/// Reads the agent's signature. Pure.
[[nodiscard]] result<std::string> read_agent_signature(std::string_view answer);

/// What to ask of the agent for `data`, a signature request of the SSH protocol: the algorithm is written in
/// it.
[[nodiscard]] std::uint32_t signature_flags(std::string_view data);

} // namespace daskd::ssh
