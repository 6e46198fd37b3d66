#include "daemon/rpc/handlers/handlers.hpp"

#include <cstdio>
#include <random>

namespace daskd::rpc {
namespace {

/// Names one submission: asked for twice, because the job runner died meanwhile, it is one job.
std::string fresh_token() {
    std::random_device random;
    char text[33];
    std::snprintf(text, sizeof text, "%08x%08x%08x%08x", random(), random(), random(), random());
    return text;
}

/// The job runner checks the parameters: it alone knows what a job is.
boost::asio::awaitable<result<json>> forward(handler_context& c, std::string op, call request) {
    auto params = std::move(request.params);
    if (op == "submit") params["token"] = fresh_token();
    auto asking = c.verbs.ask_runner(std::move(op), std::move(params));
    auto answer = co_await std::move(asking);
    co_return answer;
}

} // namespace

void add_job_methods(dispatcher& d, handler_context& c) {
    for (auto const* op : {"submit", "list", "progress", "gather", "cancel", "scatter"})
        d.add(std::string("job.") + op,
              handler([&c, op = std::string(op)](call r) { return forward(c, op, std::move(r)); }));
}

} // namespace daskd::rpc
