#include "daemon/rpc/reply.hpp"

#include "common/rpc_message.hpp"

namespace daskd::rpc {
namespace {

constexpr int internal_error = -32603; // JSON-RPC's own

} // namespace

std::string reply_line(json const& id, result<raw_json> const& outcome) {
    if (!outcome) return to_line(make_error(id, outcome.error()));
    auto const id_text = to_line(id);
    std::string line;
    line.reserve(outcome->text.size() + id_text.size() + 40);
    line.append(R"({"jsonrpc":"2.0","id":)").append(id_text);
    line.append(R"(,"result":)").append(outcome->text).append("}");
    return line;
}

std::string internal_error_line(json const& id, std::string_view what) {
    return to_line(make_error(id, internal_error, "internal error: " + std::string(what),
                              "this is a bug of daskd; its log says more"));
}

std::optional<std::string> batch::settle(std::optional<std::string> reply) {
    if (reply) replies_ += (replies_.empty() ? "[" : ",") + *reply;
    if (--open_ > 0) return std::nullopt;
    return replies_.empty() ? "" : replies_ + "]";
}

} // namespace daskd::rpc
