#include "daemon/http/answer.hpp"

namespace daskd::http {
namespace {

constexpr unsigned not_found = 404;
constexpr unsigned method_not_allowed = 405;
constexpr unsigned service_unavailable = 503;

std::string summary(cluster_view const& view) {
    if (view.state == "down") return "down" + (view.reason ? ", " + *view.reason : "") + "\n";
    return view.state + ", " + std::to_string(view.summary.running) + " of " +
           std::to_string(view.summary.desired) + " workers running\n";
}

} // namespace

answer respond(std::string_view method, std::string_view target, cluster_view const& view,
               std::function<std::string()> const& metrics) {
    constexpr auto plain = "text/plain; charset=utf-8";
    if (method != "GET" && method != "HEAD")
        return {method_not_allowed, plain, "only GET and HEAD\n", "GET, HEAD"};
    auto const path = target.substr(0, target.find('?'));
    if (path == "/metrics") return {200, "text/plain; version=0.0.4; charset=utf-8", metrics()};
    if (path == "/healthz")
        return {view.state == "running" ? 200 : service_unavailable, plain, summary(view)};
    if (path == "/") return {200, plain, "daskd, cluster '" + view.cluster + "': /metrics, /healthz\n"};
    return {not_found, plain, "there is /metrics and /healthz\n"};
}

} // namespace daskd::http
