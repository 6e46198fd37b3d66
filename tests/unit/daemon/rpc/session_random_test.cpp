#include "daemon/rpc/server.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"
#include "tests/unit/daemon/rpc/client.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <random>
#include <thread>

// What libFuzzer cannot reach (tests/fuzz, coroutines): a real session under arbitrary bytes in arbitrary
// pieces.

namespace daskd::rpc {
namespace {

constexpr std::array<std::string_view, 8> words{
    R"({"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":[1,2.5,"x"]}})",
    R"([{"jsonrpc":"2.0","id":1,"method":"echo"},{"jsonrpc":"2.0","method":"fail"},7])",
    R"({"jsonrpc":"2.0","id":null,"method":"later"})",
    "\n",
    "\r\n",
    "[[[[[[",
    "\xff\xfe",
    R"({"jsonrpc":"2.0","id":18446744073709551616,"method":"\ud800"})",
};

class mad_client {
public:
    explicit mad_client(unsigned seed) : random_(seed) {}

    std::string bytes() {
        std::string text;
        for (auto n = below(30); n > 0; --n) {
            auto piece = std::string(words.at(below(words.size())));
            if (below(3) == 0) piece.resize(below(piece.size() + 1));
            if (below(3) == 0 && !piece.empty()) piece[below(piece.size())] = static_cast<char>(below(256));
            text += piece;
            if (below(2) == 0) text += '\n';
        }
        return text;
    }

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }

private:
    std::mt19937 random_;
};

boost::asio::awaitable<result<json>> later(call c) {
    co_await boost::asio::post(boost::asio::use_awaitable);
    co_return c.params;
}

TEST(session, survives_arbitrary_bytes_in_arbitrary_pieces) {
    boost::asio::io_context io{1};
    auto work = boost::asio::make_work_guard(io);
    test::temporary_directory const dir;
    dispatcher methods;
    methods.add("echo", [](call const& c) -> result<json> { return c.params; });
    methods.add("fail", [](call const&) -> result<json> { return error{errc::failed, "no", ""}; });
    methods.add("later", later);
    std::optional<server> serving(std::in_place, io, dir / "s", ::getuid(), methods);
    ASSERT_TRUE(serving->start());
    std::thread loop([&] { io.run(); });

    test::client good(dir / "s");
    for (unsigned seed = 0; seed < 300; ++seed) {
        mad_client mad(seed);
        test::client bad(dir / "s");
        for (auto rest = mad.bytes(); !rest.empty();) {
            auto const piece = std::min(rest.size(), 1 + mad.below(200));
            if (!bad.send(rest.substr(0, piece))) break;
            rest.erase(0, piece);
        }
        if (mad.below(2) == 0) {
            bad.close_sending();
            while (auto const line = bad.line())
                ASSERT_TRUE(parse_json(*line)) << seed << ": " << *line;
        }
        ASSERT_EQ(good.ask(R"({"jsonrpc":"2.0","id":5,"method":"echo"})")["id"], 5) << seed;
    }
    boost::asio::post(io, [&] {
        serving.reset();
        work.reset();
    });
    loop.join();
}

} // namespace
} // namespace daskd::rpc
