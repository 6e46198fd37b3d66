#pragma once

#include "daemon/supervise/supervisor.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <memory>

namespace daskd::http {

/// One client: its requests, one after the other, until it closes, is too slow, or speaks no HTTP.
class session {
public:
    using socket = boost::asio::generic::stream_protocol::socket;

    session(socket s, supervise::supervisor& supervisor) : stream_(std::move(s)), supervisor_(supervisor) {}

    static boost::asio::awaitable<void> run(std::shared_ptr<session> self);
    void close() { stream_.close(); }

private:
    boost::asio::awaitable<void> serve();

    boost::beast::basic_stream<boost::asio::generic::stream_protocol> stream_;
    supervise::supervisor& supervisor_;
};

} // namespace daskd::http
