#include "daemon/rpc/dispatcher.hpp"

#include "common/names.hpp"

#include <utility>
#include <vector>

namespace daskd::rpc {
namespace {

result<raw_json> as_text(result<json> const& value) {
    if (!value) return value.error();
    return raw_json{to_line(*value)};
}

/// The handler is the dispatcher's own and outlives the call.
boost::asio::awaitable<result<raw_json>> run_as_text(handler const* h, call c) {
    co_return as_text(co_await (*h)(std::move(c)));
}

} // namespace

void dispatcher::add(std::string name, immediate_handler h) {
    add(std::move(name), immediate_raw_handler([h = std::move(h)](call const& c) { return as_text(h(c)); }));
}

void dispatcher::add(std::string name, immediate_raw_handler h) {
    methods_.insert_or_assign(std::move(name), std::move(h));
}

void dispatcher::add(std::string name, handler h) {
    auto kept = std::make_shared<handler const>(std::move(h));
    add(std::move(name), raw_handler([kept](call c) { return run_as_text(kept.get(), std::move(c)); }));
}

void dispatcher::add(std::string name, raw_handler h) {
    methods_.insert_or_assign(std::move(name), std::move(h));
}

dispatcher::method const* dispatcher::find(std::string const& name) const {
    auto const it = methods_.find(name);
    return it == methods_.end() ? nullptr : &it->second;
}

std::string dispatcher::hint_for(std::string const& unknown) const {
    std::vector<std::string> names;
    names.reserve(methods_.size());
    for (auto const& [name, _] : methods_)
        names.push_back(name);
    return did_you_mean_or(unknown, names, "daemon/rpc/METHODS.md lists them");
}

} // namespace daskd::rpc
