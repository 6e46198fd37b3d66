#include "common/rpc_message.hpp"
#include "daemon/rpc/server.hpp"
#include "daemon/rpc/session.hpp"
#include "tests/unit/daemon/process/run_loop.hpp"
#include "tests/unit/daemon/rpc/client.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <fstream>
#include <future>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

namespace daskd::rpc {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

std::string request_line(int id, std::string const& method, json params = json::object()) {
    return to_line(make_request(id, method, std::move(params))) + "\n";
}

/// A server with methods for every kind of behaviour, on a thread of its own; the test is its clients.
class control_socket : public testing::Test {
protected:
    control_socket() {
        add_methods();
        server_.emplace(io_, path_, ::getuid(), methods_);
    }
    ~control_socket() override {
        on_loop([this] { server_.reset(); });
        work_.reset();
        thread_.join();
        EXPECT_EQ(still_waiting_, 0) << "a handler was left behind";
    }

    void SetUp() override {
        thread_ = std::thread([this] { io_.run(); });
        on_loop([this] { ASSERT_TRUE(server_->start()); });
    }

    template <class F>
    void on_loop(F f) {
        std::promise<void> done;
        asio::post(io_, [&] {
            f();
            done.set_value();
        });
        done.get_future().wait();
    }

    bool eventually(std::function<bool()> const& holds) {
        for (int i = 0; i < 2000 && !holds(); ++i)
            std::this_thread::sleep_for(5ms);
        return holds();
    }

    struct counted {
        std::atomic<int>& n;
        explicit counted(std::atomic<int>& counter) : n(counter) { ++n; }
        ~counted() { --n; }
        counted(counted const&) = delete;
        counted& operator=(counted const&) = delete;
    };

    static asio::awaitable<result<json>> sleep(call c, control_socket* self) {
        counted const here(self->still_waiting_);
        asio::steady_timer timer(self->io_, std::chrono::milliseconds(c.params.value("ms", 0)));
        co_await timer.async_wait(asio::use_awaitable);
        co_return c.params;
    }

    static asio::awaitable<result<json>> throw_late(call /*c*/) {
        throw std::runtime_error("late bug");
        co_return json();
    }

    void add_methods() {
        methods_.add("echo", [](call const& c) -> result<json> { return c.params; });
        methods_.add("raw", [](call const&) -> result<raw_json> { return raw_json{R"({"b":1,"a":2})"}; });
        methods_.add("big", [](call const& c) -> result<raw_json> {
            return raw_json{'"' + std::string(c.params.value("bytes", std::size_t{0}), 'x') + '"'};
        });
        methods_.add("fail", [](call const&) -> result<json> {
            return error{errc::unknown_name, "no such", "look"};
        });
        methods_.add("throw", [](call const&) -> result<json> { throw std::runtime_error("bug"); });
        methods_.add("throw_late", throw_late);
        methods_.add("sleep", [this](call c) { return sleep(std::move(c), this); });
        methods_.add("subscribe", [this](call const& c) -> result<json> {
            subscriber_ = c.client;
            c.client.lock()->on_close([this] { ++closed_; });
            return json::object();
        });
    }

    test::temporary_directory dir_;
    std::filesystem::path path_ = dir_ / "control.sock";
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    dispatcher methods_;
    std::optional<server> server_;
    std::thread thread_;
    std::weak_ptr<session> subscriber_;
    std::atomic<int> closed_ = 0;
    std::atomic<int> still_waiting_ = 0;
};

TEST_F(control_socket, answers_or_says_what_is_wrong) {
    struct row {
        char const* name;
        std::string line;
        std::string reply; ///< a part of it
    };
    std::vector<row> const rows = {
        {"result", R"({"jsonrpc":"2.0","id":1,"method":"echo","params":{"a":"ü"}})",
         R"({"jsonrpc":"2.0","id":1,"result":{"a":"ü"}})"},
        {"string id", R"({"jsonrpc":"2.0","id":"x","method":"echo"})",
         R"({"jsonrpc":"2.0","id":"x","result":{}})"},
        {"raw text in its own order", R"({"jsonrpc":"2.0","id":1,"method":"raw"})",
         R"("result":{"b":1,"a":2})"},
        {"carriage return", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"}\r", R"("result":{})"},
        {"error with hint", R"({"jsonrpc":"2.0","id":2,"method":"fail"})",
         R"({"error":{"code":-32001,"data":{"hint":"look"},"message":"no such"},"id":2,"jsonrpc":"2.0"})"},
        {"exception", R"({"jsonrpc":"2.0","id":3,"method":"throw"})", R"("code":-32603)"},
        {"exception in a coroutine", R"({"jsonrpc":"2.0","id":3,"method":"throw_late"})",
         "internal error: late bug"},
        {"unknown method", R"({"jsonrpc":"2.0","id":4,"method":"eco"})", "did you mean 'echo'?"},
        {"unknown method's code", R"({"jsonrpc":"2.0","id":4,"method":"nothing.like"})", R"("code":-32601)"},
        {"no JSON", "{", R"("code":-32700)"},
        {"invalid UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}", R"("code":-32700)"},
        {"too deep", std::string(65, '[') + std::string(65, ']'), "nested deeper than 64"},
        {"very deep", std::string(500'000, '['), R"("code":-32700)"},
        {"no request", "17", R"("code":-32600)"},
        {"empty batch", "[]", R"("code":-32600)"},
        {"batch", R"([{"jsonrpc":"2.0","id":1,"method":"echo"},1,{"jsonrpc":"2.0","method":"echo"}])",
         R"([{"jsonrpc":"2.0","id":1,"result":{}},{"error")"},
    };
    test::client c(path_);
    for (auto const& r : rows) {
        ASSERT_TRUE(c.send("\n  \n" + r.line + "\n")) << r.name;
        EXPECT_THAT(c.line().value_or("(closed)"), testing::HasSubstr(r.reply)) << r.name;
    }
}

TEST_F(control_socket, answers_pipelined_requests_as_they_end) {
    test::client c(path_);
    c.send(request_line(1, "sleep", {{"ms", 200}}) + request_line(2, "sleep", {{"ms", 1}}) +
           request_line(3, "echo"));
    EXPECT_EQ(c.reply()["id"], 3);
    EXPECT_EQ(c.reply()["id"], 2);
    EXPECT_EQ(c.reply()["id"], 1);
}

TEST_F(control_socket, answers_a_batch_together_and_notifications_never) {
    test::client c(path_);
    c.send(
        R"([{"jsonrpc":"2.0","id":1,"method":"sleep","params":{"ms":100}},{"jsonrpc":"2.0","id":2,"method":"echo"}])"
        "\n" +
        request_line(3, "echo"));
    EXPECT_EQ(c.reply()["id"], 3);
    auto const replies = c.reply();
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(replies[0]["id"], 2);
    EXPECT_EQ(replies[1]["id"], 1);
    c.send(R"([{"jsonrpc":"2.0","method":"echo"},{"jsonrpc":"2.0","method":"sleep"}])"
           "\n"
           R"({"jsonrpc":"2.0","method":"fail"})"
           "\n");
    EXPECT_EQ(c.ask(request_line(4, "echo"))["id"], 4);
}

TEST_F(control_socket, serves_who_closes_only_its_sending_side) {
    test::client c(path_);
    c.send(request_line(1, "sleep", {{"ms", 100}}) +
           R"({"jsonrpc":"2.0","id":2,"method":"echo"})"); // no line end
    c.close_sending();
    EXPECT_EQ(c.reply()["id"], 2);
    EXPECT_EQ(c.reply()["id"], 1);
    EXPECT_TRUE(c.reply().is_null());

    test::client subscriber(path_);
    subscriber.send(request_line(1, "subscribe"));
    subscriber.close_sending();
    EXPECT_EQ(subscriber.reply()["id"], 1);
    on_loop([this] { subscriber_.lock()->notify("event", {{"seq", 1}}); });
    EXPECT_EQ(subscriber.reply()["params"]["seq"], 1);
    subscriber.close();
    EXPECT_TRUE(eventually([this] { return closed_ == 1; }));
}

TEST_F(control_socket, cancels_the_handlers_of_a_client_that_leaves) {
    test::client c(path_);
    for (int id = 0; id < 10; ++id)
        c.send(request_line(id, "sleep", {{"ms", 60'000}}));
    EXPECT_TRUE(eventually([this] { return still_waiting_ == 10; }));
    c.close();
    EXPECT_TRUE(eventually([this] { return still_waiting_ == 0; }));
}

TEST_F(control_socket, ends_all_when_it_stops) {
    test::client waiting(path_);
    test::client subscriber(path_);
    waiting.send(request_line(1, "sleep", {{"ms", 60'000}}));
    subscriber.ask(request_line(1, "subscribe"));
    EXPECT_TRUE(eventually([this] { return still_waiting_ == 1; }));
    on_loop([this] {
        subscriber_.lock()->notify("event", {{"seq", 1}});
        server_->stop();
    });
    EXPECT_EQ(subscriber.reply()["params"]["seq"], 1) << "the last word is still sent";
    EXPECT_TRUE(subscriber.reply().is_null());
    EXPECT_TRUE(waiting.reply().is_null());
    EXPECT_EQ(closed_, 1);
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(control_socket, closes_only_the_client_with_an_endless_line) {
    test::client good(path_);
    test::client bad(path_);
    std::string const flood(1 << 16, 'x');
    for (int i = 0; i < 64 && bad.send(flood); ++i) {
    }
    auto const reply = bad.reply();
    EXPECT_EQ(reply["error"]["code"], code::parse_error);
    EXPECT_THAT(reply["error"]["message"].get<std::string>(), testing::HasSubstr("1048576"));
    EXPECT_TRUE(bad.reply().is_null());
    EXPECT_EQ(good.ask(request_line(1, "echo"))["id"], 1);
}

TEST_F(control_socket, takes_a_line_of_just_the_limit) {
    test::client c(path_);
    auto line = request_line(1, "echo", {{"text", ""}});
    line.insert(line.find("\"\"") + 1, max_line_bytes - (line.size() - 1), 'x');
    ASSERT_EQ(line.size(), max_line_bytes + 1);
    c.send(line);
    EXPECT_EQ(c.reply()["id"], 1);
    line.insert(line.find('x'), "x");
    c.send(line);
    EXPECT_EQ(c.reply()["error"]["code"], code::parse_error);
}

TEST_F(control_socket, closes_a_client_that_leaves_a_line_unfinished) {
    test::client c(path_);
    auto const begin = std::chrono::steady_clock::now();
    c.send(request_line(1, "echo") + R"({"jsonrpc")");
    EXPECT_EQ(c.reply()["id"], 1);
    EXPECT_THAT(c.reply()["error"]["message"].get<std::string>(),
                testing::HasSubstr("not finished within 5 s"));
    EXPECT_GT(std::chrono::steady_clock::now() - begin, 4s);
    EXPECT_TRUE(c.reply().is_null());
}

TEST_F(control_socket, closes_a_subscriber_with_too_much_unread) {
    test::client slow(path_);
    test::client good(path_);
    slow.ask(request_line(1, "subscribe"));
    json const params = {{"text", std::string(1000, 'x')}};
    for (int i = 0; i < 6000; ++i)
        on_loop([&] {
            if (auto const s = subscriber_.lock()) s->notify("event", params);
        });
    EXPECT_EQ(closed_, 1);
    EXPECT_EQ(good.ask(request_line(1, "echo"))["id"], 1);
}

TEST_F(control_socket, closes_a_client_that_asks_and_never_reads) {
    test::client bad(path_);
    test::client good(path_);
    auto const question = request_line(1, "big", {{"bytes", 100'000}});
    while (bad.send(question)) {
    }
    EXPECT_EQ(good.ask(request_line(1, "echo"))["id"], 1);
}

TEST_F(control_socket, sends_one_result_however_large) {
    test::client c(path_);
    auto const reply = c.ask(request_line(1, "big", {{"bytes", 9'000'000}}));
    EXPECT_EQ(reply["result"].get<std::string>().size(), 9'000'000U);
}

TEST_F(control_socket, bounds_unanswered_requests) {
    test::client c(path_);
    for (int id = 0; id <= static_cast<int>(session::max_waiting); ++id)
        c.send(request_line(id, "sleep", {{"ms", 60'000}}));
    auto const reply = c.reply();
    EXPECT_EQ(reply["id"], session::max_waiting);
    EXPECT_EQ(reply["error"]["code"], code::busy);
}

TEST_F(control_socket, survives_a_lack_of_descriptors) {
    test::client before(path_);
    ASSERT_TRUE(before.ask(request_line(1, "echo")).is_object());
    test::client during(path_); // accepted already by the kernel
    rlimit former{};
    ::getrlimit(RLIMIT_NOFILE, &former);
    ASSERT_TRUE(during.ask(request_line(1, "echo")).is_object());
    std::vector<async::unique_fd> sockets;
    for (int i = 0; i < 3; ++i)
        sockets.emplace_back(::socket(AF_UNIX, SOCK_STREAM, 0));
    rlimit const none{static_cast<rlim_t>(sockets.back().get() + 1), former.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.native().copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::connect(sockets.back().get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(before.ask(request_line(2, "echo"))["id"], 2) << "others are served meanwhile";
    ::setrlimit(RLIMIT_NOFILE, &former);
    auto const question = request_line(3, "echo");
    ASSERT_GT(::send(sockets.back().get(), question.data(), question.size(), 0), 0);
    char byte = 0;
    EXPECT_EQ(::recv(sockets.back().get(), &byte, 1, 0), 1) << "served once there is room again";
}

TEST_F(control_socket, is_made_again_when_it_was_deleted) {
    test::client before(path_);
    ASSERT_EQ(before.ask(request_line(1, "echo"))["id"], 1);
    for (int i = 0; i < 3; ++i) {
        std::filesystem::remove(path_);
        on_loop([this] { EXPECT_TRUE(server_->keep()); });
        test::client after(path_);
        EXPECT_EQ(after.ask(request_line(2, "echo"))["id"], 2);
    }
    EXPECT_EQ(before.ask(request_line(3, "echo"))["id"], 3) << "who was connected stays so";
}

TEST_F(control_socket, leaves_what_is_in_the_place_of_a_deleted_socket) {
    std::filesystem::remove(path_);
    std::ofstream(path_) << "precious";
    on_loop([this] { (void)server_->keep(); });
    EXPECT_TRUE(std::filesystem::is_regular_file(path_));
}

TEST_F(control_socket, is_private_under_any_umask) {
    for (mode_t const mask : {0, 022, 0777}) {
        on_loop([&] {
            auto const former = ::umask(mask);
            server_->stop();
            EXPECT_TRUE(server_->start());
            ::umask(former);
        });
        struct stat st {};
        ASSERT_EQ(::stat(path_.c_str(), &st), 0);
        EXPECT_EQ(st.st_mode & 07777, 0600U) << mask;
    }
}

TEST_F(control_socket, replaces_a_stale_socket_but_no_other_file) {
    boost::asio::io_context io;
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        (dir_ / "stale").native().copy(address.sun_path, sizeof address.sun_path - 1);
        async::unique_fd const fd(::socket(AF_UNIX, SOCK_STREAM, 0));
        ASSERT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    }
    EXPECT_TRUE(server(io, dir_ / "stale", ::getuid(), methods_).start());
    std::ofstream(dir_ / "file") << "precious";
    EXPECT_FALSE(server(io, dir_ / "file", ::getuid(), methods_).start());
    EXPECT_TRUE(std::filesystem::exists(dir_ / "file"));
    EXPECT_FALSE(server(io, dir_ / "no" / "dir", ::getuid(), methods_).start());
}

TEST_F(control_socket, refuses_other_users) {
    on_loop([this] {
        server_->stop();
        server_.emplace(io_, path_, ::getuid() + 1, methods_);
        ASSERT_TRUE(server_->start());
    });
    test::client c(path_);
    EXPECT_TRUE(c.ask(request_line(1, "echo")).is_null());
}

TEST_F(control_socket, serves_many_pipelined_requests) {
    constexpr int count = 20'000;
    std::thread writer;
    test::client c(path_);
    writer = std::thread([&] {
        std::string all;
        for (int id = 0; id < count; ++id)
            all += request_line(id, "echo");
        c.send(all);
    });
    auto const begin = std::chrono::steady_clock::now();
    int lines = 0;
    std::array<char, 64 * 1024> chunk;
    while (lines < count) {
        auto const n = ::recv(c.fd(), chunk.data(), chunk.size(), 0);
        if (n <= 0) break;
        lines += static_cast<int>(std::count(chunk.begin(), chunk.begin() + n, '\n'));
    }
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    writer.join();
    EXPECT_EQ(lines, count);
    RecordProperty("requests_per_second", static_cast<int>(count / seconds));
}

} // namespace
} // namespace daskd::rpc
