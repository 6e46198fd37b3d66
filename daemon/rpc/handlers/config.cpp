#include "daemon/config/show.hpp"
#include "daemon/rpc/handlers/handlers.hpp"

namespace daskd::rpc {
namespace {

result<json> check(handler_context& c, call const& request) {
    parameters p(request.params);
    state::client_context context = c.supervisor.intent().context;
    context.environment =
        p.get<std::map<std::string, std::string>>("environment", std::move(context.environment));
    context.cwd = p.get<std::string>("cwd", std::move(context.cwd));
    if (auto const wrong = p.problem()) return *wrong;
    json list = json::array();
    for (auto const& d : c.verbs.plans().load(context, c.supervisor.intent().flags).diagnostics)
        list.push_back(to_string(d));
    return json{{"diagnostics", std::move(list)}};
}

result<json> show(handler_context& c, call const& request) {
    parameters p(request.params);
    if (auto const wrong = p.problem()) return *wrong;
    if (auto const& made = c.verbs.made()) return json{{"text", config::show(made->input.settings)}};
    auto const loaded = c.verbs.plans().load(c.supervisor.intent().context, c.supervisor.intent().flags);
    if (!loaded.diagnostics.empty()) return supervise::as_error(loaded.diagnostics);
    return json{{"text", config::show(loaded.settings)}};
}

} // namespace

void add_config_methods(dispatcher& d, handler_context& c) {
    d.add("config.check", immediate_handler([&c](call const& r) { return check(c, r); }));
    d.add("config.show", immediate_handler([&c](call const& r) { return show(c, r); }));
}

} // namespace daskd::rpc
