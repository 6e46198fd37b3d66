#pragma once

#include "common/json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace daskd::rpc {

/// JSON-RPC 2.0, one text a line. Limits of the contract.
inline constexpr std::size_t max_line_bytes = std::size_t{1} << 20;

/// JSON-RPC's own codes and ours.
namespace code {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int failed = -32000;
inline constexpr int unknown_name = -32001;
inline constexpr int busy = -32002;
inline constexpr int not_up = -32003;
inline constexpr int timed_out = -32004;
inline constexpr int bad_configuration = -32005;
} // namespace code

struct request {
    json id; ///< null with `is_notification`
    std::string method;
    json params;                  ///< an object; empty when left out
    bool is_notification = false; ///< no id: no answer is sent
};

/// Reads one request object. On failure the error's `id` is what could be read of it.
struct bad_request {
    json id;
    int code;
    std::string what;
};
[[nodiscard]] std::variant<request, bad_request> read_request(json const& value);

/// Replies, each one JSON object. An error's hint goes into `data.hint`.
[[nodiscard]] json make_reply(json const& id, json result);
[[nodiscard]] json make_error(json const& id, int code, std::string_view message, std::string_view hint = {});
[[nodiscard]] json make_error(json const& id, error const& e);
[[nodiscard]] json make_notification(std::string_view method, json params);
[[nodiscard]] json make_request(int id, std::string_view method, json params);

/// The other end: the `result` of a reply, or the error that it carries.
[[nodiscard]] result<json> read_reply(json const& reply);

[[nodiscard]] int to_rpc_code(errc e);
[[nodiscard]] errc from_rpc_code(int code);

} // namespace daskd::rpc
