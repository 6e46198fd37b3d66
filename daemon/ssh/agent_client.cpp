#include "daemon/ssh/agent_client.hpp"

#include "daemon/async/unix_socket.hpp"
#include "daemon/ssh/wire_format.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace daskd::ssh {

namespace asio = boost::asio;

namespace {

/// Numbers of the agent protocol (draft-miller-ssh-agent).
constexpr char request_identities = 11;
constexpr char identities_answer = 12;
constexpr char sign_request = 13;
constexpr char sign_response = 14;
constexpr std::uint32_t rsa_sha2_256 = 2;
constexpr std::uint32_t rsa_sha2_512 = 4;

constexpr std::uint32_t max_answer_bytes = 256 * 1024;

error nonsense() {
    return {errc::failed, "ssh-agent's answer makes no sense", ""};
}

} // namespace

asio::awaitable<result<agent_client>> agent_client::connect(std::filesystem::path path) {
    auto socket = async::connect_unix(co_await asio::this_coro::executor, path.string());
    if (!socket) co_return error{errc::failed, "no ssh-agent: " + socket.error().what, ""};
    co_return agent_client(*std::move(socket));
}

asio::awaitable<result<std::string>> agent_client::ask(std::string request) {
    std::string framed;
    put_string(framed, request);
    boost::system::error_code ec;
    co_await asio::async_write(socket_, asio::buffer(framed), asio::redirect_error(asio::use_awaitable, ec));
    std::string header(4, '\0');
    if (!ec)
        co_await asio::async_read(socket_, asio::buffer(header),
                                  asio::redirect_error(asio::use_awaitable, ec));
    std::string answer;
    if (!ec) {
        auto bytes = std::string_view(header);
        auto const length = take_u32(bytes).value_or(0);
        if (length == 0 || length > max_answer_bytes) co_return nonsense();
        answer.resize(length);
        co_await asio::async_read(socket_, asio::buffer(answer),
                                  asio::redirect_error(asio::use_awaitable, ec));
    }
    if (ec) co_return error{errc::failed, "ssh-agent does not answer: " + ec.message(), ""};
    co_return answer;
}

asio::awaitable<result<std::vector<agent_key>>> agent_client::keys() {
    auto asking = ask(std::string(1, request_identities));
    auto const answer = co_await std::move(asking);
    if (!answer) co_return answer.error();
    co_return read_agent_keys(*answer);
}

asio::awaitable<result<std::string>> agent_client::sign(std::string key, std::string data,
                                                        std::uint32_t flags) {
    std::string request(1, sign_request);
    put_string(request, key);
    put_string(request, data);
    put_u32(request, flags);
    auto asking = ask(std::move(request));
    auto const answer = co_await std::move(asking);
    if (!answer) co_return answer.error();
    co_return read_agent_signature(*answer);
}

result<std::vector<agent_key>> read_agent_keys(std::string_view answer) {
    if (!answer.starts_with(identities_answer)) return nonsense();
    answer.remove_prefix(1);
    auto const count = take_u32(answer);
    if (!count) return nonsense();
    std::vector<agent_key> keys;
    for (std::uint32_t i = 0; i < *count; ++i) {
        auto const blob = take_string(answer);
        auto const comment = take_string(answer);
        if (!blob || !comment) return nonsense();
        keys.push_back({std::string(*blob), std::string(*comment)});
    }
    return keys;
}

result<std::string> read_agent_signature(std::string_view answer) {
    if (!answer.starts_with(sign_response)) return error{errc::failed, "ssh-agent refuses to sign", ""};
    answer.remove_prefix(1);
    auto signature = take_string(answer);
    if (!signature) return nonsense();
    auto const algorithm = take_string(*signature);
    auto const bytes = take_string(*signature);
    if (!algorithm || !bytes) return nonsense();
    return std::string(*bytes);
}

std::uint32_t signature_flags(std::string_view data) {
    // session id, then the request: number, user, service, "publickey", true, algorithm, key
    auto const session = take_string(data);
    if (!session || data.empty()) return 0;
    data.remove_prefix(1);
    auto const user = take_string(data);
    auto const service = take_string(data);
    auto const method = take_string(data);
    if (!user || !service || !method || data.empty()) return 0;
    data.remove_prefix(1);
    auto const algorithm = take_string(data).value_or("");
    return algorithm == "rsa-sha2-256" ? rsa_sha2_256 : algorithm == "rsa-sha2-512" ? rsa_sha2_512 : 0;
}

} // namespace daskd::ssh
