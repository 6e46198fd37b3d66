#include "common/rpc_message.hpp"

namespace daskd::rpc {

std::variant<request, bad_request> read_request(json const& value) {
    if (!value.is_object()) return bad_request{nullptr, code::invalid_request, "a request is a JSON object"};
    request r;
    if (auto it = value.find("id"); it != value.end()) {
        if (!it->is_string() && !it->is_number() && !it->is_null())
            return bad_request{nullptr, code::invalid_request, "'id' must be a string or a number"};
        r.id = *it;
    } else {
        r.is_notification = true;
    }
    auto const version = value.find("jsonrpc");
    if (version == value.end() || *version != "2.0")
        return bad_request{r.id, code::invalid_request, "'jsonrpc' must be \"2.0\""};
    auto const method = value.find("method");
    if (method == value.end() || !method->is_string())
        return bad_request{r.id, code::invalid_request, "'method' must be a string"};
    r.method = method->get<std::string>();
    r.params = json::object();
    if (auto it = value.find("params"); it != value.end() && !it->is_null()) {
        if (!it->is_object()) return bad_request{r.id, code::invalid_params, "'params' must be an object"};
        r.params = *it;
    }
    return r;
}

json make_reply(json const& id, json result) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}};
}

json make_error(json const& id, int code, std::string_view message, std::string_view hint) {
    json body = {{"code", code}, {"message", message}};
    if (!hint.empty()) body["data"] = {{"hint", hint}};
    return {{"jsonrpc", "2.0"}, {"id", id}, {"error", std::move(body)}};
}

json make_error(json const& id, error const& e) {
    return make_error(id, to_rpc_code(e.code), e.what, e.hint);
}

json make_notification(std::string_view method, json params) {
    return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}

json make_request(int id, std::string_view method, json params) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

result<json> read_reply(json const& reply) {
    if (auto it = reply.find("result"); it != reply.end()) return *it;
    auto const it = reply.find("error");
    if (it == reply.end() || !it->is_object())
        return error{errc::failed, "the daemon's answer is no JSON-RPC reply",
                     "is daskctl of the same version as daskd?"};
    error e{errc::failed, it->value("message", "unknown error"), ""};
    if (auto c = it->find("code"); c != it->end() && c->is_number_integer())
        e.code = from_rpc_code(c->get<int>());
    if (auto data = it->find("data"); data != it->end() && data->is_object())
        e.hint = data->value("hint", "");
    return e;
}

int to_rpc_code(errc e) {
    switch (e) {
    case errc::usage: return code::invalid_params;
    case errc::bad_configuration: return code::bad_configuration;
    case errc::unknown_name: return code::unknown_name;
    case errc::busy: return code::busy;
    case errc::not_up: return code::not_up;
    case errc::timed_out: return code::timed_out;
    case errc::failed:
    case errc::no_daemon: break;
    }
    return code::failed;
}

errc from_rpc_code(int c) {
    switch (c) {
    case code::invalid_params:
    case code::invalid_request:
    case code::method_not_found: return errc::usage;
    case code::bad_configuration: return errc::bad_configuration;
    case code::unknown_name: return errc::unknown_name;
    case code::busy: return errc::busy;
    case code::not_up: return errc::not_up;
    case code::timed_out: return errc::timed_out;
    default: return errc::failed;
    }
}

} // namespace daskd::rpc
