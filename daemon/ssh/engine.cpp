#include "daemon/ssh/engine.hpp"

#include "daemon/async/deadline.hpp"
#include "daemon/async/spawn_task.hpp"
#include "daemon/ssh/channel.hpp"
#include "daemon/ssh/library.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace daskd::ssh {

namespace asio = boost::asio;

namespace {

/// Channels write no more while this much waits to go.
constexpr std::size_t max_waiting_bytes = 256 * 1024;
/// Nobody may say this much while no channel is open.
constexpr std::size_t max_unasked_bytes = 1024 * 1024;
constexpr std::size_t read_size_bytes = 64 * 1024;
/// What a channel may receive before it is read: its share of memory, and at 100 ms a speed of 10 MB/s.
constexpr unsigned window_bytes = 1024 * 1024;

engine& self_of(void** abstract) {
    return *static_cast<engine*>(*abstract);
}

} // namespace

struct engine::operation {
    std::function<int()> attempt;
    std::optional<int> outcome = {};
    async::notifier done = {};
};

engine::engine(asio::any_io_executor executor, std::unique_ptr<byte_stream> wire)
    : executor_(std::move(executor)), wire_(std::move(wire)) {
    start_library();
    raw_ = libssh2_session_init_ex(nullptr, nullptr, nullptr, this);
    if (!raw_) throw std::bad_alloc();
    libssh2_session_set_blocking(raw_, 0);
#if LIBSSH2_VERSION_NUM >= 0x010b01
    auto const set = [this](int which, auto callback) {
        libssh2_session_callback_set2(raw_, which, reinterpret_cast<libssh2_cb_generic*>(callback));
    };
#else
    auto const set = [this](int which, auto callback) {
        libssh2_session_callback_set(raw_, which, reinterpret_cast<void*>(callback));
    };
#endif
    set(LIBSSH2_CALLBACK_SEND, &on_send);
    set(LIBSSH2_CALLBACK_RECV, &on_receive);
    set(LIBSSH2_CALLBACK_DISCONNECT, &on_disconnect);
}

engine::~engine() {
    // From here on the callbacks say that the connection is over: nothing below has to be repeated.
    if (!failure_) failure_ = error{errc::failed, "closed", ""};
    released_.clear();
    operations_.clear();
    libssh2_session_free(raw_);
}

void engine::start() {
    async::spawn_task(executor_, "SSH receiver", receive(shared_from_this()));
    async::spawn_task(executor_, "SSH sender", send(shared_from_this()));
}

ssize_t engine::on_send(libssh2_socket_t, void const* bytes, std::size_t length, int, void** abstract) {
    auto& self = self_of(abstract);
    if (!self.failure_) self.out_.append(static_cast<char const*>(bytes), length);
    return static_cast<ssize_t>(length);
}

ssize_t engine::on_receive(libssh2_socket_t, void* into, std::size_t length, int, void** abstract) {
    auto& self = self_of(abstract);
    if (self.failure_) return 0;
    auto const n = std::min(length, self.in_.size() - self.in_taken_);
    if (n == 0) return -EAGAIN;
    std::memcpy(into, self.in_.data() + self.in_taken_, n);
    self.in_taken_ += n;
    if (self.in_taken_ == self.in_.size()) {
        self.in_.clear();
        self.in_taken_ = 0;
    }
    return static_cast<ssize_t>(n);
}

void engine::on_disconnect(LIBSSH2_SESSION*, int, char const* text, int length, char const*, int,
                           void** abstract) {
    if (text && length > 0) self_of(abstract).farewell_.assign(text, static_cast<std::size_t>(length));
}

bool engine::has_room() const {
    return out_.size() + sending_.size() < max_waiting_bytes;
}

asio::awaitable<void> engine::receive(std::shared_ptr<engine> self) {
    std::vector<char> chunk(read_size_bytes);
    while (!self->failure_) {
        auto reading = self->wire_->read_some(chunk);
        auto const n = co_await std::move(reading);
        if (self->failure_) co_return;
        if (!n) {
            self->fail({errc::failed, "the connection broke: " + n.error().what, ""});
        } else if (*n == 0) {
            auto const& said = self->farewell_;
            self->fail({errc::failed,
                        "the remote host closed the connection" + (said.empty() ? "" : ": " + said), ""});
        } else {
            self->received_bytes_ += *n;
            self->in_.append(chunk.data(), *n);
            self->pump();
            if (self->in_.size() - self->in_taken_ > max_unasked_bytes)
                self->fail({errc::failed, "the remote host sends what nobody asked for", ""});
        }
    }
}

asio::awaitable<void> engine::send(std::shared_ptr<engine> self) {
    while (!self->failure_) {
        if (self->out_.empty()) {
            auto waiting = self->to_send_.wait({});
            co_await std::move(waiting);
            continue;
        }
        self->sending_.swap(self->out_);
        auto writing = self->wire_->write(self->sending_);
        auto const written = co_await std::move(writing);
        self->sending_.clear();
        if (!written) self->fail({errc::failed, "the connection broke: " + written.error().what, ""});
        self->sent_.notify_all();
        self->pump(); // there is room again
    }
}

void engine::pump() {
    if (is_pumping_) return;
    is_pumping_ = true;
    for (bool progress = true; progress && !failure_;) {
        progress = attempt_operation();
        // By index, for a new channel may be added; not always the same first, for room to send is short.
        for (std::size_t i = 0; i < participants_.size() && !failure_; ++i)
            if (participants_[(first_ + i) % participants_.size()]->advance()) progress = true;
        ++first_;
    }
    if (!failure_) close_released();
    is_pumping_ = false;
    if (!out_.empty()) to_send_.notify_all();
}

bool engine::attempt_operation() {
    if (operations_.empty()) return false;
    auto const op = operations_.front();
    auto const code = op->attempt();
    if (code == LIBSSH2_ERROR_EAGAIN) return false;
    op->outcome = code;
    operations_.pop_front();
    op->done.notify_all();
    return true;
}

void engine::close_released() {
    std::erase_if(released_, [](auto const& close) { return close() != LIBSSH2_ERROR_EAGAIN; });
}

void engine::release(std::function<int()> close) {
    if (failure_) return; // freed with the session
    released_.push_back(std::move(close));
    asio::post(executor_, [weak = weak_from_this()] {
        if (auto const self = weak.lock()) self->pump();
    });
}

asio::awaitable<result<int>> engine::run(std::function<int()> attempt) {
    auto const self = shared_from_this();
    auto const op = std::make_shared<operation>(operation{std::move(attempt)});
    operations_.push_back(op);
    pump();
    while (!op->outcome && !failure_) {
        auto waiting = op->done.wait({});
        co_await std::move(waiting);
    }
    if (!op->outcome) co_return *failure_;
    co_return *op->outcome;
}

asio::awaitable<result<std::shared_ptr<channel>>> engine::open(std::string type, std::string message) {
    struct opening {
        std::string type;
        std::string message;
        std::shared_ptr<channel> opened = {};
        std::string refusal = {};
    };
    auto const what = std::make_shared<opening>(opening{std::move(type), std::move(message)});
    std::function<int()> attempt = [this, what] {
        auto* const raw =
            libssh2_channel_open_ex(raw_, what->type.data(), static_cast<unsigned>(what->type.size()),
                                    window_bytes, LIBSSH2_CHANNEL_PACKET_DEFAULT, what->message.data(),
                                    static_cast<unsigned>(what->message.size()));
        if (!raw) {
            what->refusal = last_error_text(raw_);
            return libssh2_session_last_errno(raw_);
        }
        what->opened = std::make_shared<channel>(shared_from_this(), raw);
        return 0;
    };
    auto running = run(std::move(attempt));
    auto const code = co_await std::move(running);
    if (!code) co_return code.error();
    if (*code == LIBSSH2_ERROR_CHANNEL_FAILURE) co_return error{errc::failed, what->refusal, ""};
    if (*code != 0) co_return explain("cannot open a channel", *code);
    co_return what->opened;
}

error engine::explain(std::string const& what, int code) {
    error e{errc::failed, what + ": " + last_error_text(raw_), ""};
    switch (code) {
    case LIBSSH2_ERROR_SOCKET_SEND:
    case LIBSSH2_ERROR_SOCKET_RECV:
    case LIBSSH2_ERROR_SOCKET_DISCONNECT:
    case LIBSSH2_ERROR_SOCKET_TIMEOUT:
    case LIBSSH2_ERROR_PROTO:
    case LIBSSH2_ERROR_DECRYPT:
    case LIBSSH2_ERROR_INVALID_MAC:
    case LIBSSH2_ERROR_KEX_FAILURE:
    case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
        if (!farewell_.empty()) e.what += ": " + farewell_;
        fail(e);
        break;
    default: break;
    }
    return e;
}

void engine::fail(error why) {
    if (failure_) return;
    failure_ = std::move(why);
    wire_->close();
    for (auto const& op : operations_)
        op->done.notify_all();
    for (auto* p : participants_)
        p->wake();
    to_send_.notify_all();
    sent_.notify_all();
    ended_.notify_all();
}

asio::awaitable<void> engine::wait_for_end() {
    auto const self = shared_from_this();
    while (!failure_) {
        auto waiting = ended_.wait({});
        co_await std::move(waiting);
    }
}

asio::awaitable<void> engine::wait_until_sent() {
    auto const self = shared_from_this();
    while (!failure_ && (!out_.empty() || !sending_.empty())) {
        auto waiting = sent_.wait({});
        co_await std::move(waiting);
    }
}

void engine::ask_every(std::chrono::milliseconds interval) {
    async::spawn_task(executor_, "SSH keepalive", keep_asking(shared_from_this(), interval));
}

/// libssh2's own keepalive leaves every answer in its queue for ever. Any server has to answer a request for
/// a channel of a type that it does not know, and libssh2 takes that answer.
asio::awaitable<void> engine::keep_asking(std::shared_ptr<engine> self, std::chrono::milliseconds interval) {
    while (!self->failure_) {
        auto const seen = self->received_bytes_;
        auto waiting = self->ended_.wait(std::chrono::steady_clock::now() + interval);
        co_await std::move(waiting);
        // An operation that waits for its answer asks by itself, and has a deadline.
        if (self->failure_ || self->received_bytes_ != seen || !self->operations_.empty()) continue;
        auto asking = async::with_deadline(self->open("keepalive@daskd", ""), interval, "an answer");
        auto const answer = co_await std::move(asking);
        if (!answer && answer.error().code == errc::timed_out)
            self->fail({errc::timed_out, "the remote host does not answer any more", ""});
    }
}

} // namespace daskd::ssh
