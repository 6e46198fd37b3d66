#include "daemon/http/session.hpp"

#include "common/version.hpp"
#include "daemon/http/answer.hpp"
#include "daemon/http/metrics.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace daskd::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace proto = boost::beast::http;

namespace {

using namespace std::chrono_literals;

/// Prometheus keeps its connection from one look to the next, which are seldom further apart.
constexpr auto idle_limit = 90s;
constexpr auto write_limit = 10s;
constexpr std::uint32_t max_header_bytes = 8192;

using reply = proto::response<proto::string_body>;

reply as_reply(answer a, unsigned version, bool keeps_alive, bool is_head) {
    reply r{proto::int_to_status(a.status), version};
    r.set(proto::field::server, std::string("daskd/") + daskd::version);
    r.set(proto::field::content_type, a.type);
    r.set(proto::field::cache_control, "no-store");
    if (!a.allow.empty()) r.set(proto::field::allow, a.allow);
    r.keep_alive(keeps_alive);
    r.content_length(a.body.size());
    if (!is_head) r.body() = std::move(a.body);
    return r;
}

} // namespace

asio::awaitable<void> session::run(std::shared_ptr<session> self) {
    auto serving = self->serve();
    co_await std::move(serving);
}

asio::awaitable<void> session::serve() {
    beast::flat_buffer buffer;
    for (;;) {
        beast::error_code ec;
        proto::request_parser<proto::empty_body> parser;
        parser.header_limit(max_header_bytes);
        stream_.expires_after(idle_limit);
        co_await proto::async_read(stream_, buffer, parser, asio::redirect_error(asio::use_awaitable, ec));
        bool const is_nonsense = ec &&
                                 ec.category() == make_error_code(proto::error::bad_method).category() &&
                                 ec != proto::error::end_of_stream && ec != proto::error::partial_message;
        if (ec && !is_nonsense) co_return;

        auto const& request = parser.get();
        answer a{400, "text/plain; charset=utf-8", "that is no request for this server\n"};
        if (!ec) {
            auto refreshing = supervisor_.refresh_figures();
            co_await std::move(refreshing);
            auto const view = supervisor_.view();
            auto const metrics = [&] {
                return render_metrics(view, supervisor_.counted(), read_own_figures());
            };
            auto const target = request.target();
            a = respond(request.method_string(), {target.data(), target.size()}, view, metrics);
        }
        bool const keeps_alive = !ec && request.keep_alive();
        bool const is_head = request.method() == proto::verb::head;
        auto const r = as_reply(std::move(a), ec ? 11 : request.version(), keeps_alive, is_head);
        stream_.expires_after(write_limit);
        proto::serializer<false, proto::string_body, proto::fields> serializer(r);
        co_await proto::async_write(stream_, serializer, asio::redirect_error(asio::use_awaitable, ec));
        if (ec || !keeps_alive) co_return;
    }
}

} // namespace daskd::http
